/**
 * The response headers of the product: the one place that knows them.
 * The dev server, the preview server and `public/_headers` (for static hosts) all say the same; a test compares them.
 */

/** Nothing is fetched from another origin, so the browser itself keeps the promise that nothing leaves the machine. */
const CONTENT_SECURITY_POLICY = {
  'default-src': "'none'",
  // Session creation compiles WebAssembly.
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'connect-src': "'self' data: blob:",
  'img-src': "'self' data: blob:",
  'style-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'object-src': "'none'",
  'frame-ancestors': "'none'",
};

/** Vite's dev client injects style elements and talks over a web socket. */
const DEV_ADDITIONS = {
  'style-src': " 'unsafe-inline'",
  'connect-src': ' ws:',
};

/** COOP and COEP make the page cross-origin isolated: threads for the wasm EP. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * @param {{ dev: boolean }} options
 * @returns {Record<string, string>}
 */
export function responseHeaders({ dev }) {
  const additions = /** @type {Record<string, string>} */ (dev ? DEV_ADDITIONS : {});
  const policy = Object.entries(CONTENT_SECURITY_POLICY).map(
    ([directive, sources]) => `${directive} ${sources}${additions[directive] ?? ''}`,
  );
  return {
    ...ISOLATION,
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  };
}

/** The same headers in the `_headers` format of static hosts. */
export function headersFile() {
  const lines = Object.entries(responseHeaders({ dev: false })).map(([name, value]) => `  ${name}: ${value}`);
  return ['/*', ...lines, ''].join('\n');
}
