/** Serves the built product as users get it and, below /bench/, the bare comparison; optionally another model. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { preview } from 'vite';
import { responseHeaders } from '../tools/headers.mjs';
import { ROOT } from '../tools/paths.mjs';
import { HOST } from '../tools/ports.mjs';

const RUNTIME = join(ROOT, 'node_modules/onnxruntime-web/dist');
const TYPES = { '.html': 'text/html', '.json': 'application/json', '.mjs': 'text/javascript' };

/** @type {Record<string, string>} */
const BENCH_FILES = {
  'blank.html': join(import.meta.dirname, 'blank.html'),
  'bareDrawing.mjs': join(import.meta.dirname, 'bareDrawing.mjs'),
  'bareWorker.mjs': join(import.meta.dirname, 'bareWorker.mjs'),
  'ort.jspi.mjs': join(RUNTIME, 'ort.jspi.min.mjs'),
  'ort.webgpu.mjs': join(RUNTIME, 'ort.webgpu.min.mjs'),
};

/**
 * @param {{ modelFolder: string | null }} options `modelFolder` takes the place of the built model.
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serveBench({ modelFolder }) {
  /** @param {string} path */
  const find = (path) => {
    const [, first, second, name = ''] = path.split('/');
    if (first === 'bench') return BENCH_FILES[second ?? ''];
    return modelFolder && first === 'models' && second === 'pocket' ? join(modelFolder, normalize(name)) : undefined;
  };
  const server = await preview({
    root: ROOT,
    logLevel: 'warn',
    preview: { host: HOST, port: 0, strictPort: false },
    plugins: [
      {
        name: 'bench-files',
        configurePreviewServer: ({ middlewares }) => {
          middlewares.use((request, response, next) => {
            const file = find(new URL(request.url ?? '/', 'http://localhost').pathname);
            if (!file) return next();
            send(file, response).catch(next);
          });
        },
      },
    ],
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.httpServer.address());
  return { url: `http://${HOST}:${port}/`, close: () => server.close() };
}

/**
 * @param {string} file
 * @param {import('node:http').ServerResponse} response
 */
async function send(file, response) {
  const { size } = await stat(file);
  const type = TYPES[/** @type {'.mjs'} */ (extname(file))] ?? 'application/octet-stream';
  const headers = { ...responseHeaders({ dev: false }), 'Content-Type': type, 'Content-Length': size };
  response.writeHead(200, { ...headers, 'Cache-Control': 'no-cache' });
  createReadStream(file).pipe(response);
}
