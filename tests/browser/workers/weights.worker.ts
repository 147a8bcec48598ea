/** Opens weights where the product does: in a module worker. */
import { openWeights } from '../../../src/weights/store';

addEventListener('message', ({ data: manifestUrl }: MessageEvent<string>) => {
  open(manifestUrl).then(postMessage, (error) => postMessage(String(error)));
});

async function open(manifestUrl: string) {
  const weights = await openWeights(manifestUrl);
  const sizes: Record<string, number> = {};
  for (const { path } of weights.manifest.files) sizes[path] = (await weights.file(path)).size;
  return { sizes, inMemory: weights.inMemory };
}
