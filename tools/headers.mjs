/**
 * The response headers of the product: the one place that knows them.
 * The dev server, the preview server and `_headers` (for static hosts) all follow the same rules.
 */

/** @typedef {Readonly<Record<string, string>>} Headers */
/** @typedef {{ path: string, headers: Headers }} Rule */

const CONTENT_SECURITY_POLICY = {
  'default-src': "'none'",
  // Session creation compiles WebAssembly.
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  // Reference pictures, published weights, and the hosted service, which takes no prompt without the user's consent.
  'connect-src': "'self' https: data: blob:",
  'img-src': "'self' data: blob:",
  'style-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'object-src': "'none'",
};

/** A page from this machine may fetch models from a server of this machine. */
const LOCAL_ADDITIONS = { 'connect-src': ' http://127.0.0.1:* http://localhost:*' };

/** Vite's dev client injects style elements and talks over a web socket. */
const DEV_ADDITIONS = {
  'style-src': " 'unsafe-inline'",
  'connect-src': ` ws:${LOCAL_ADDITIONS['connect-src']}`,
};

/** COOP and COEP make a page cross-origin isolated: threads for the wasm EP. */
const EVERYWHERE = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

const OURS_ALONE = { 'Cross-Origin-Resource-Policy': 'same-origin' };

/** Without it an isolated page of another origin could not load the file at all. */
const FOR_OTHERS = { 'Cross-Origin-Resource-Policy': 'cross-origin' };

/** Isolates a frame by itself, whatever the page around it does (Chromium 137); others need that page's consent. */
const ISOLATED_FRAME = { 'Document-Isolation-Policy': 'isolate-and-require-corp' };

/** Where `OURS_ALONE` files are: everything but the files that other origins load. */
const OUR_FOLDERS = ['/assets/*', '/models/*', '/ort/*', '/tokenizers/*'];
const PAGES = ['/', '/index.html', '/serve.html', '/serve'];
/** Some static hosts serve `embed.html` without its ending. */
const EMBED_PAGES = ['/embed.html', '/embed'];
const CLIENT_FILES = ['/client.js', '/client.d.ts', '/types/*'];

/**
 * Every rule whose path matches counts. A browser obeys several policies at once, so `frame-ancestors` is one of its own.
 *
 * @param {{ dev: boolean, local: boolean, parents: readonly string[] }} options
 * @returns {readonly Rule[]}
 */
function rules({ dev, local, parents }) {
  const ancestors = ["'self'", ...parents.filter(isExactOrigin)].join(' ');
  const embed = { 'Content-Security-Policy': `frame-ancestors ${ancestors}`, ...FOR_OTHERS, ...ISOLATED_FRAME };
  const page = { 'Content-Security-Policy': "frame-ancestors 'none'", ...OURS_ALONE };
  return [
    { path: '/*', headers: { 'Content-Security-Policy': contentSecurityPolicy({ dev, local }), ...EVERYWHERE } },
    ...PAGES.map((path) => ({ path, headers: page })),
    ...OUR_FOLDERS.map((path) => ({ path, headers: OURS_ALONE })),
    ...EMBED_PAGES.map((path) => ({ path, headers: embed })),
    ...CLIENT_FILES.map((path) => ({ path, headers: { ...FOR_OTHERS, 'Access-Control-Allow-Origin': '*' } })),
  ];
}

/**
 * @param {string} path Of the URL, without its query.
 * @param {{ dev: boolean, local?: boolean, parents?: readonly string[] }} options `local`: the server is on the user's own
 *   machine. `parents`: the origins that may embed `embed.html`.
 * @returns {Record<string, string>}
 */
export function responseHeaders(path, { dev, local = false, parents = [] }) {
  /** @type {Record<string, string>} */
  const headers = {};
  for (const rule of rules({ dev, local, parents })) {
    if (!matches(rule.path, path)) continue;
    for (const [name, value] of Object.entries(rule.headers)) {
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
  }
  return headers;
}

/**
 * The same rules in the `_headers` format of static hosts, which join the values of all that match as we do.
 *
 * @param {readonly string[]} parents
 */
export function headersFile(parents) {
  const blocks = rules({ dev: false, local: false, parents }).map(({ path, headers }) =>
    [path, ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`)].join('\n'),
  );
  return `${blocks.join('\n\n')}\n`;
}

/**
 * The origins that `embed.json` lists. A file that is broken lists none.
 *
 * @param {string} text
 * @returns {readonly string[]}
 */
export function parentsIn(text) {
  try {
    const { parents } = JSON.parse(text);
    return Array.isArray(parents) ? parents.filter(isExactOrigin) : [];
  } catch {
    return [];
  }
}

/**
 * Node takes `https://*.example.com` for an origin; a policy takes it for every name below.
 *
 * @param {unknown} text
 */
function isExactOrigin(text) {
  return typeof text === 'string' && !text.includes('*') && URL.canParse(text) && new URL(text).origin === text;
}

/**
 * @param {string} pattern
 * @param {string} path
 */
function matches(pattern, path) {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

/** @param {{ dev: boolean, local: boolean }} options */
function contentSecurityPolicy({ dev, local }) {
  const additions = /** @type {Record<string, string>} */ (dev ? DEV_ADDITIONS : local ? LOCAL_ADDITIONS : {});
  return Object.entries(CONTENT_SECURITY_POLICY)
    .map(([directive, sources]) => `${directive} ${sources}${additions[directive] ?? ''}`)
    .join('; ');
}
