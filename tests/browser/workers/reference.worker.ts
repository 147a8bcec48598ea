/** Reads one reference picture and tells its size. */
import { createReferenceReader } from '../../../src/images/reference';

self.addEventListener('message', async ({ data }: MessageEvent<string>) => {
  const signal = new AbortController().signal;
  const { widthPx, heightPx } = await createReferenceReader().read(data, { param: 'mask', signal });
  self.postMessage({ widthPx, heightPx });
});
