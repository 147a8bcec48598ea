/** Vite's two servers send the headers of headers.mjs, path by path; a build writes them down for static hosts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { headersFile, parentsIn, responseHeaders } from './headers.mjs';

/** Which origins may embed the product: a setting of whoever serves it. */
const SETTING = 'embed.json';

/** @returns {import('vite').Plugin} */
export function headersPlugin() {
  let publicDir = '';
  return {
    name: 'tessera:headers',
    configResolved(config) {
      publicDir = config.publicDir;
    },
    configureServer(server) {
      server.middlewares.use(sendHeaders({ dev: true, local: true, folder: publicDir }));
    },
    configurePreviewServer({ config, middlewares }) {
      middlewares.use(sendHeaders({ dev: false, local: true, folder: join(config.root, config.build.outDir) }));
    },
    async generateBundle() {
      const source = headersFile(await readParents(publicDir));
      this.emitFile({ type: 'asset', fileName: '_headers', source });
    },
  };
}

/**
 * @param {{ dev: boolean, local: boolean, folder: string }} options
 * @returns {import('vite').Connect.NextHandleFunction}
 */
function sendHeaders({ dev, local, folder }) {
  return (request, response, next) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    // Read anew each time: the setting may be changed while the server runs.
    const parents = pathname.startsWith('/embed') ? readParents(folder) : Promise.resolve([]);
    parents.then((origins) => {
      const headers = responseHeaders(pathname, { dev, local, parents: origins });
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      next();
    }, next);
  };
}

/** @param {string} folder */
async function readParents(folder) {
  return parentsIn(await readFile(join(folder, SETTING), 'utf8').catch(() => ''));
}
