/** Serves the built product as users get it, or its modules, and below /bench/ what they are compared with. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { createServer, preview } from 'vite';
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
  'pixels.mjs': join(import.meta.dirname, 'tiles/pixels.mjs'),
  'ort.jspi.mjs': join(RUNTIME, 'ort.jspi.min.mjs'),
  'ort.webgpu.mjs': join(RUNTIME, 'ort.webgpu.min.mjs'),
};

/** @typedef {{ modelFolder: string | null }} ServerOptions `modelFolder` takes the place of the built model. */

/**
 * The built product.
 *
 * @param {ServerOptions} options
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serveBench({ modelFolder }) {
  const server = await preview({
    root: ROOT,
    logLevel: 'warn',
    preview: { host: HOST, port: 0, strictPort: false },
    plugins: [benchFiles(modelFolder)],
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.httpServer.address());
  return { url: `http://${HOST}:${port}/`, close: () => server.close() };
}

/**
 * Single modules from their sources. A source that is saved while the bench runs changes nothing any more.
 *
 * @param {ServerOptions} options
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serveModules({ modelFolder }) {
  const server = await createServer({
    root: ROOT,
    logLevel: 'warn',
    server: { host: HOST, port: 0, hmr: false, watch: null },
    plugins: [benchFiles(modelFolder)],
  });
  await server.listen();
  return { url: server.resolvedUrls?.local[0] ?? '', close: () => server.close() };
}

/**
 * @param {string | null} modelFolder
 * @returns {import('vite').Plugin}
 */
function benchFiles(modelFolder) {
  /** @param {string} path */
  const find = (path) => {
    const [, first, second, name = ''] = path.split('/');
    if (first === 'bench') return BENCH_FILES[second ?? ''];
    return modelFolder && first === 'models' && second === 'pocket' ? join(modelFolder, normalize(name)) : undefined;
  };
  /** @type {(server: { middlewares: import('vite').Connect.Server }) => void} */
  const serve = ({ middlewares }) => {
    middlewares.use((request, response, next) => {
      const file = find(new URL(request.url ?? '/', 'http://localhost').pathname);
      if (!file) return next();
      send(file, response).catch(next);
    });
  };
  return { name: 'bench-files', configurePreviewServer: serve, configureServer: serve };
}

/**
 * @param {string} file
 * @param {import('node:http').ServerResponse} response
 */
async function send(file, response) {
  const { size } = await stat(file);
  const type = TYPES[/** @type {'.mjs'} */ (extname(file))] ?? 'application/octet-stream';
  const headers = { ...responseHeaders('/', { dev: false }), 'Content-Type': type, 'Content-Length': size };
  response.writeHead(200, { ...headers, 'Cache-Control': 'no-cache' });
  createReadStream(file).pipe(response);
}
