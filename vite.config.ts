/** How the page is served while developing and how the product in `dist/` is built. */

import { defaultClientConditions, defineConfig } from 'vite';
import { viteStaticCopy } from 'vite-plugin-static-copy';
import { CLIP_MODULE, clipMerges } from './tools/clipMerges.mjs';
import { headersPlugin } from './tools/headersPlugin.mjs';

/** Without it onnxruntime-web starts its threads from our whole bundled worker instead of its own file in `ort/`. */
const EXTERN_WASM = 'onnxruntime-web-use-extern-wasm';

/** Listed, not discovered: a dependency found late reloads the page, in the middle of a test too. */
const PREBUNDLED = [
  '@bufbuild/protobuf/wire',
  '@huggingface/tokenizers',
  '@msgpack/msgpack',
  '@petamoriken/float16',
  '@preact/signals',
  '@valibot/to-json-schema',
  'big.js',
  'comlink',
  'eventsource-parser',
  'eventsource-parser/stream',
  'hash-wasm',
  'hono',
  'hono/html',
  'idb-keyval',
  'onnxruntime-web/jspi',
  'onnxruntime-web/webgpu',
  'p-queue',
  'penpal',
  'preact',
  'preact/hooks',
  'preact/jsx-dev-runtime',
  'preact/jsx-runtime',
  'ulid',
  'valibot',
];

export default defineConfig({
  base: './',
  // A missing file is a 404, never the page: a weight file must not turn out to be HTML.
  appType: 'mpa',
  plugins: [
    headersPlugin(),
    viteStaticCopy({
      targets: [
        { src: 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.{asyncify,jspi}.*', dest: 'ort' },
        {
          src: CLIP_MODULE,
          dest: 'tokenizers',
          rename: 'clip-merges.txt',
          transform: clipMerges,
        },
      ],
    }),
  ],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  resolve: { conditions: [EXTERN_WASM, ...defaultClientConditions] },
  optimizeDeps: { noDiscovery: true, include: PREBUNDLED },
  worker: { format: 'es' },
  // On a busy machine every build would be told off for being slow.
  build: { rolldownOptions: { input: ['index.html', 'embed.html', 'serve.html'], checks: { bundlerTimings: false } } },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1' },
});
