/** A service worker with nothing but the results: it opens what a page has signed. */
import { openResults } from '../../../src/results/results';

const results = openResults();

addEventListener('message', ({ data, ports: [port] }: MessageEvent) => {
  results.open(data).then(
    async (blob) => port?.postMessage({ type: blob.type, text: await blob.text(), hasWindow: 'window' in globalThis }),
    ({ code }) => port?.postMessage({ code }),
  );
});
