/** The arguments of `npm run serve`, checked before anything else happens. Needs no package. */
import { isIP } from 'node:net';
import { checkChoice, parseOptions, UsageError } from '../usage.mjs';

export const USAGE = `npm run serve -- [options]
  --port N                    where it listens (8787)
  --host ADDRESS              127.0.0.1, or 0.0.0.0 for other machines, who then need a key (127.0.0.1)
  --device auto|webgpu|wasm   where pictures are drawn (auto)
  --allow-origin ORIGIN       web pages of this origin may call; can be given several times (none)
  --key KEY                   only requests with this key are answered
  --require-key               the same with a key made for you and kept in .tessera/
  --budget USD                most that pictures may cost in all (no limit)
  --top-up                    adds $10.00 of credits, which are free, before it starts
With GETIMG_API_KEY set, requests may also ask for the hosted service; then a key is always required.
`;

export const DEVICES = ['auto', 'webgpu', 'wasm'];
const MAX_PORT = 65535;
/** As long as a header can sensibly be, and no shorter than can be guessed. */
const KEY_PATTERN = /^[\x21-\x7e]{16,256}$/;

const OPTIONS = /** @type {const} */ ({
  port: { type: 'string', default: '8787' },
  host: { type: 'string', default: '127.0.0.1' },
  device: { type: 'string', default: 'auto' },
  'allow-origin': { type: 'string', multiple: true },
  key: { type: 'string' },
  'require-key': { type: 'boolean', default: false },
  budget: { type: 'string' },
  'top-up': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
});

/**
 * @typedef {object} ServeTask
 * @property {number} port
 * @property {string} host
 * @property {string} device
 * @property {readonly string[]} allowedOrigins
 * @property {string | null} key
 * @property {boolean} requireKey
 * @property {string | null} budget decimal text in USD
 * @property {boolean} topUp
 */

/**
 * @param {string[]} argv
 * @returns {ServeTask | null} null asks for the usage
 */
export function readArguments(argv) {
  const values = parseOptions(argv, OPTIONS);
  if (values.help) return null;
  checkChoice('device', values.device, DEVICES);
  if (values.key !== undefined && !KEY_PATTERN.test(values.key)) {
    throw new UsageError('--key must be 16 to 256 characters without blanks: anything shorter can be guessed.');
  }
  if (values.budget !== undefined && !/^\d{1,9}(\.\d{1,6})?$/.test(values.budget)) {
    throw new UsageError(`--budget must be an amount in USD such as 5.00: '${values.budget}' is not.`);
  }
  return {
    port: readPort(values.port),
    host: readHost(values.host),
    device: values.device,
    allowedOrigins: (values['allow-origin'] ?? []).map(readOrigin),
    key: values.key ?? null,
    requireKey: values['require-key'],
    budget: values.budget ?? null,
    topUp: values['top-up'],
  };
}

/** @param {string} text */
function readPort(text) {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= MAX_PORT) return port;
  throw new UsageError(`--port must be a whole number from 1 to ${MAX_PORT}: '${text}' is not.`);
}

/** @param {string} text */
function readHost(text) {
  if (isIP(text) !== 0 || /^[a-z0-9]([a-z0-9.-]{0,252})$/i.test(text)) return text.toLowerCase();
  throw new UsageError(`--host must be an address or a name of this machine: '${text}' is not.`);
}

/** Exactly what browsers send: no path, no wildcard. @param {string} text */
function readOrigin(text) {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new UsageError(`--allow-origin must be an origin such as https://example.com: '${text}' is not.`);
}
