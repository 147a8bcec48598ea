/** `npm start [-- --port N]`: installs and builds what is missing, serves the page, and says where. */
import './nodeVersion.mjs';
import { parseArgs } from 'node:util';
import { ensureInstalled } from './install.mjs';

const DEFAULT_PORT = 5173;

try {
  const port = readPort();
  await ensureInstalled();
  // Both load packages: only now are they sure to be there.
  const { ensureBuilt } = await import('./build.mjs');
  const { serveProduct } = await import('./preview.mjs');
  await ensureBuilt();
  const server = await serveProduct({ port, strictPort: false });
  // Before the words that invite it: they may be answered at once.
  process.once('SIGINT', () => void server.close().finally(() => process.exit(0)));
  process.stdout.write(`Tessera is ready at ${server.url}\nPress Ctrl-C to stop.\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

function readPort() {
  const { values } = parseArgs({ options: { port: { type: 'string', default: String(DEFAULT_PORT) } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`--port must be 1 to 65535: ${values.port}`);
  return port;
}
