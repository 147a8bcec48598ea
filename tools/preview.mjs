/** Serves the built product on this machine only. `node tools/preview.mjs --port N` builds when needed, then serves. */
import { parseArgs } from 'node:util';
import { ensureBuilt } from './build.mjs';
import { isMain, ROOT } from './paths.mjs';
import { HOST } from './ports.mjs';

/**
 * @param {{ port: number, strictPort: boolean }} options Without `strictPort` the next free port is taken.
 * @returns {Promise<{ url: string, port: number, httpServer: import('node:http').Server, close: () => Promise<void> }>}
 */
export async function serveProduct({ port, strictPort }) {
  const { preview } = await import('vite');
  const server = await preview({ root: ROOT, logLevel: 'warn', preview: { host: HOST, port, strictPort } });
  const httpServer = /** @type {import('node:http').Server} */ (server.httpServer);
  const { port: actualPort } = /** @type {import('node:net').AddressInfo} */ (httpServer.address());
  return { url: `http://${HOST}:${actualPort}/`, port: actualPort, httpServer, close: () => server.close() };
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '5173' } } });
  await ensureBuilt();
  const { url } = await serveProduct({ port: Number(values.port), strictPort: true });
  process.stdout.write(`${url}\n`);
}
