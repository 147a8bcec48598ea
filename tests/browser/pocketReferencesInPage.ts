/** What tests of Pocket's references share: ten unlike pictures, jobs that look at them, and a trace of what a job runs and frees. */
import { expect, type Page } from '@playwright/test';
import type { GenerateJob, JobPicture } from '../../src/pipeline/job';
import { JOB, paintedPicture } from './drawing';

/** A wide one, a tall one and squares, all unlike. */
export const TEN = Array.from({ length: 10 }, (_, n) => paintedPicture(n === 1 ? 96 : 48, n === 2 ? 120 : 48, n));

export const looking = (...references: JobPicture[]): GenerateJob => ({ ...JOB, previews: false, references });

/** Stopped between any two of three pictures, and then not. */
export async function expectCancelsToFree(page: Page, device: 'wasm' | 'webgpu'): Promise<void> {
  const job = looking(...TEN.slice(0, 3));
  const stops = [1, 2, 3, 4, 5];
  const jobs = [...stops.map((stopAfterRun) => ({ job, stopAfterRun })), { job }];
  const { traces } = await page.evaluate(traceInPage, { device, jobs });
  const looks = ['text_encoder', 'encoder', 'encoder', 'encoder', 'fusion'];
  for (const [index, stop] of stops.entries()) {
    expect(traces[index]).toMatchObject({ runs: looks.slice(0, stop), error: 'AbortError', alive: 0 });
  }
  const last = traces.at(-1);
  // One of the three has nearly all of the start: the others are not encoded once more.
  expect(last?.runs.slice(0, 8)).toEqual([...looks, 'encoder', 'prior', 'denoiser']);
  expect(last).toMatchObject({ error: null, alive: 0 });
  expect(last?.made).toBeGreaterThan(last?.runs.length ?? 0);
}

export interface TracedJob {
  readonly job: GenerateJob;
  /** Cancels the job while this graph runs, counted from 1. */
  readonly stopAfterRun?: number;
}

/** Runs in the page: the pipeline, and what it runs, makes and frees. */
export async function traceInPage({
  device,
  jobs,
}: {
  readonly device: 'wasm' | 'webgpu';
  readonly jobs: readonly TracedJob[];
}) {
  const { openRuntime } = await import('/src/runtime/session.ts');
  const { loadPocket } = await import('/src/families/pocket/pocket.ts');
  const { generate } = await import('/src/pipeline/generate.ts');
  const runtime = await openRuntime({ device, runtimeUrl: new URL('/ort/', location.href).href, verbose: false });
  type Tensor = ReturnType<typeof runtime.toDevice>;
  const names = new Map<unknown, string>();
  const loaded: string[] = [];
  let made = new Set<Tensor>();
  let runs: string[] = [];
  let onRun = () => {};
  watch();
  const model = await loadPocket(runtime, fetchFile, () => {});
  const atStart = [...loaded];
  const traces = [];
  for (const { job, stopAfterRun } of jobs) {
    made = new Set();
    runs = [];
    const controller = new AbortController();
    onRun = () => runs.length === stopAfterRun && controller.abort();
    const options = { onProgress: () => {}, signal: controller.signal };
    const error = await generate(job, { runtime, model }, options).then(
      () => null,
      ({ name }: Error) => name,
    );
    const alive = [...made].filter(({ location: place }) => place !== 'none').length;
    traces.push({ error, runs, made: made.size, alive, loaded: [...loaded] });
  }
  await runtime.close();
  return { atStart, traces };

  async function fetchFile(path: string): Promise<Blob> {
    const blob = await (await fetch(`/tests/fixtures/tiny-pocket/${path}`)).blob();
    names.set(blob, path.replace('.onnx', ''));
    return blob;
  }

  /** Every tensor that is made where it has to be freed. */
  function watch(): void {
    const { toDevice, crop, weightedSum, loadGraph } = runtime;
    const seen = (tensor: Tensor) => {
      made.add(tensor);
      return tensor;
    };
    runtime.toDevice = (...given) => seen(toDevice.apply(runtime, given));
    runtime.crop = (...given) => seen(crop.apply(runtime, given));
    runtime.weightedSum = (...given) => seen(weightedSum.apply(runtime, given));
    runtime.loadGraph = async (source) => {
      const name = names.get(source) ?? '';
      const graph = await loadGraph.call(runtime, source);
      loaded.push(name);
      return {
        ...graph,
        run: async (feeds) => {
          runs.push(name);
          onRun();
          const outputs = await graph.run(feeds);
          Object.values(outputs).forEach(seen);
          return outputs;
        },
      };
    };
  }
}
