/** Everything before the first picture: device, weights, sessions. */
import { loadPocket } from '../families/pocket/pocket';
import { openRuntime, type Runtime } from '../runtime/session';
import { openWeights } from '../weights/store';
import type { Studio } from './generate';
import type { WorkerInfo, WorkerOptions } from './job';
import { openPublished } from './loadPublished';
import type { OnProgress } from './progress';
import { StageClock } from './stageClock';
import { tileLimits } from './tilePlan';

/** Loads the model. Throws `ApiError` on missing WebGPU (when forced) and on weights that cannot be had or trusted. */
export async function loadModel(
  options: WorkerOptions,
  onProgress: OnProgress,
): Promise<{ readonly studio: Studio; readonly info: WorkerInfo }> {
  const { published = null } = options;
  const clock = new StageClock(onProgress);
  const manifestUrl = new URL('manifest.json', options.modelUrl).href;
  // Side by side: one waits for the disk or the network, the other for the GPU and its own code.
  const [weights, runtime] = await Promise.all([
    clock.time('weights', () => openWeights(manifestUrl, { onProgress, onNotice: onProgress })),
    openRuntime({
      device: options.device,
      runtimeUrl: options.runtimeUrl,
      verbose: options.verboseRuntime,
      tensors: published ? 'cpu' : 'device',
    }),
  ]);
  reportDevice(runtime, onProgress);
  const model = await clock.time('sessions', (report) =>
    published
      ? openPublished(published, { runtime, embedded: weights })
      : loadPocket(runtime, (path) => weights.file(path), report),
  );
  const info = {
    device: runtime.device,
    deviceReason: runtime.reason,
    modelRevision: published?.revision ?? weights.manifest.revision,
    tiles: tileLimits(runtime, model),
    timingsMs: clock.timingsMs,
    weightsInMemory: weights.inMemory,
  };
  return { studio: { runtime, model }, info };
}

function reportDevice({ chosen }: Runtime, onProgress: OnProgress): void {
  if (chosen.notice === null) return;
  onProgress({ type: 'notice', code: chosen.notice, message: chosen.reason });
}
