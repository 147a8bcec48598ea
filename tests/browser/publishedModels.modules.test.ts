/**
 * Published models from words to a PNG in the real worker, on replicas (tests/fixtures/replicas) whose graphs have the
 * names, types and layout of the published ones and small random weights.
 */
import { expect, test } from '@playwright/test';
import type { ModelSpec } from '../../src/models/spec';
import type { GenerateJob } from '../../src/pipeline/job';
import { JOB } from './drawing';
import { REPLICA_SPECS } from './replicaSpecs';
import { type ServedFile, servedFiles } from './replicas';

const LATENT_CELLS = 8;

test.beforeEach(async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
});

// Every contract goes all the way in modelLibrary.test.ts; here are both ways to hold graphs in memory.
for (const id of ['sd-turbo', 'flux2-klein']) {
  const { spec } = REPLICA_SPECS[id] ?? {};
  if (!spec) throw new Error(`There is no replica ${id}.`);
  for (const memory of ['resident', 'staged'] as const) {
    test(`${id} draws a picture from words, ${memory}`, async ({ page }) => {
      const pxPerCell = spec.family === 'flux2' ? 16 : 8;
      const sidePx = 2 * LATENT_CELLS * pxPerCell;
      const plan = { ...JOB.plan, latentDownscale: pxPerCell, upscalePasses: 1, widthPx: sidePx, heightPx: sidePx };
      const job = { ...JOB, plan, steps: 2 };
      const { png, events, revision } = await page.evaluate(drawInWorker, {
        id,
        spec,
        memory,
        job,
        files: servedFiles(id),
      });
      expect(png.slice(0, 8)).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
      expect(Buffer.from(png).readUInt32BE(16)).toBe(sidePx);
      expect(events).toContain('step');
      expect(revision).toBe('replica');
    });
  }
}

interface Script {
  readonly id: string;
  readonly spec: ModelSpec;
  readonly memory: 'resident' | 'staged';
  readonly job: GenerateJob;
  readonly files: readonly ServedFile[];
}

/** Runs in the page. */
async function drawInWorker({ id, spec, memory, job, files }: Script) {
  const { Engine } = await import('/src/jobs/engine.ts');
  const absolute = (path: string) => new URL(path, location.href).href;
  const blobs = new Map<string, Blob>();
  for (const [path, url] of files) {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}.`);
    blobs.set(path, await answer.blob());
  }
  const engine = new Engine(new Worker('/workers/generate.worker.ts?worker_file&type=module', { type: 'module' }));
  const events: string[] = [];
  try {
    const clipMergesUrl = absolute('/tokenizers/clip-merges.txt');
    const published = { id, revision: 'replica', spec, memory, clipMergesUrl, files: blobs };
    const info = await engine.init(
      {
        device: 'wasm',
        modelUrl: absolute('/tests/fixtures/tiny-pocket/'),
        runtimeUrl: absolute('/ort/'),
        verboseRuntime: false,
        published,
      },
      () => {},
    );
    const picture = await engine.generate(job, {
      onProgress: ({ type }) => events.push(type),
      signal: new AbortController().signal,
    });
    const png = Array.from(new Uint8Array(await picture.blob.arrayBuffer()));
    return { png, events, revision: info.modelRevision };
  } finally {
    engine.close();
  }
}
