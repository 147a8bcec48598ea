/** The arguments of `npm run generate`, checked before anything else happens. Needs no package. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { checkChoice, parseOptions, UsageError } from '../usage.mjs';

export const USAGE = `npm run generate -- --prompt "…" --out FILE
  --model pocket              the model that draws
  --seed N                    0 to 4294967295; random when left out
  --steps N                   denoising steps
  --device auto|webgpu|wasm   where it runs (auto)
  --aspect-ratio W:H          1:1, 2:3, 3:2, 3:4, 4:3, 9:16, 16:9 or 21:9 (1:1)
  --resolution 1K|2K|4K       picture size (1K)
  --output-format FORMAT      png, jpeg or webp (by the ending of FILE, else png)
  --quality N                 1 to 100, of jpeg and webp (92)
  --no-metadata               do not write prompt, seed, model and size into the file
`;

/** The lists of src/api and src/models, which cannot be loaded before the packages are there; a test compares them. */
export const CHOICES = {
  model: ['pocket'],
  device: ['auto', 'webgpu', 'wasm'],
  'aspect-ratio': ['1:1', '2:3', '3:2', '3:4', '4:3', '9:16', '16:9', '21:9'],
  resolution: ['1K', '2K', '4K'],
  'output-format': ['png', 'jpeg', 'webp'],
};
export const RANGES = { seed: { min: 0, max: 4294967295 }, steps: { min: 1, max: 8 }, quality: { min: 1, max: 100 } };
const FORMAT_BY_ENDING = new Map([
  ['.png', 'png'],
  ['.jpg', 'jpeg'],
  ['.jpeg', 'jpeg'],
  ['.webp', 'webp'],
]);

const OPTIONS = /** @type {const} */ ({
  prompt: { type: 'string' },
  out: { type: 'string' },
  model: { type: 'string', default: 'pocket' },
  seed: { type: 'string' },
  steps: { type: 'string' },
  device: { type: 'string', default: 'auto' },
  'aspect-ratio': { type: 'string', default: '1:1' },
  resolution: { type: 'string', default: '1K' },
  image: { type: 'string', multiple: true },
  'output-format': { type: 'string' },
  quality: { type: 'string' },
  'no-metadata': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
});

/**
 * @typedef {object} Task
 * @property {Record<string, unknown> & { model: string, prompt: string }} request the hosted API's request
 * @property {string} device
 * @property {string} outPath absolute
 */

/**
 * @param {string[]} argv
 * @returns {Task | null} null asks for the usage
 */
export function readArguments(argv) {
  const values = parseOptions(argv, OPTIONS);
  if (values.help) return null;
  const prompt = values.prompt?.trim() ?? '';
  if (prompt === '') throw new UsageError('--prompt is missing: say what to draw.');
  if (!values.out) throw new UsageError('--out is missing: name the file to write.');
  if (values.image) throw new UsageError('--image is not available yet: no model takes reference images.');
  const outPath = resolve(values.out);
  const outputFormat = values['output-format'] ?? FORMAT_BY_ENDING.get(extname(outPath).toLowerCase()) ?? 'png';
  for (const [name, choices] of Object.entries(CHOICES)) {
    checkChoice(name, { ...values, 'output-format': outputFormat }[name], choices);
  }
  checkWritable(outPath);
  const request = {
    model: values.model,
    prompt,
    aspect_ratio: values['aspect-ratio'],
    resolution: values.resolution,
    output_format: outputFormat,
    ...readNumber('seed', values.seed),
    ...readNumber('steps', values.steps),
    ...readNumber('quality', values.quality),
    ...(values['no-metadata'] ? { metadata: false } : {}),
  };
  return { request, device: values.device, outPath };
}

/**
 * @param {'seed' | 'steps' | 'quality'} name
 * @param {string | undefined} text
 */
function readNumber(name, text) {
  if (text === undefined) return {};
  const { min, max } = RANGES[name];
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return { [name]: value };
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}: '${text}' is not.`);
}

/** @param {string} outPath */
function checkWritable(outPath) {
  if (statSync(outPath, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`--out names a folder, not a file: ${outPath}`);
  }
  const folder = dirname(outPath);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new UsageError(`--out cannot be written: the folder ${folder} is missing or read-only.`);
  }
}
