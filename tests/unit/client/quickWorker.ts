/** A worker of the browser's kind, in this thread: it answers as the generation worker does, and draws nothing. */
import { expose } from 'comlink';
import type { ApiError } from '../../../src/api/errors';
import { planTiles } from '../../../src/diffusion/plan';
import type { GenerateJob, Picture, WorkerInfo, WorkerOptions } from '../../../src/pipeline/job';
import { outcomeOf, type WorkerApi } from '../../../src/pipeline/workerApi';

const TILES = { largestTilePx: 1024, overlapCells: 0 };
const INFO: WorkerInfo = {
  device: 'wasm',
  deviceReason: '',
  modelRevision: '1',
  tiles: TILES,
  timingsMs: {},
  weightsInMemory: false,
};

export class QuickWorker {
  /** What each worker was started with. */
  static readonly started: WorkerOptions[] = [];
  /** What the next pictures end with, in their order. */
  static readonly faults: ApiError[] = [];

  readonly #inside = new MessageChannel();

  constructor() {
    const api: WorkerApi = {
      hello: () => outcomeOf(async () => true as const),
      init: (options) =>
        outcomeOf(async () => {
          QuickWorker.started.push(options);
          return INFO;
        }),
      generate: (job) => outcomeOf(async () => pictureFor(job)),
      cancel: () => {},
    };
    expose(api, this.#inside.port2);
    this.#inside.port1.start();
  }

  addEventListener(...listener: Parameters<MessagePort['addEventListener']>): void {
    this.#inside.port1.addEventListener(...listener);
  }

  removeEventListener(...listener: Parameters<MessagePort['removeEventListener']>): void {
    this.#inside.port1.removeEventListener(...listener);
  }

  postMessage(message: unknown, transfer: Transferable[]): void {
    this.#inside.port1.postMessage(message, transfer);
  }

  terminate(): void {
    this.#inside.port1.close();
  }
}

function pictureFor({ plan }: GenerateJob): Picture {
  const fault = QuickWorker.faults.shift();
  if (fault) throw fault;
  const { widthPx, heightPx } = plan;
  const tiled = planTiles(plan, TILES);
  return { blob: new Blob(), widthPx, heightPx, device: 'wasm', plan: tiled, timingsMs: {}, sessionRunsMs: 0 };
}
