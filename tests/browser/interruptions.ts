/**
 * A campaign of seeded interruptions. Each seed downloads one model; on the way its page is closed, crashed or told to
 * stop, at random bytes, and then the line or the server fails, at random bytes too. A few seeds run with the browser
 * tests, hundreds in the soak.
 */
import type { BrowserContext, Page } from '@playwright/test';
import { noise, noiseModel } from '../faults/model';
import { type Fault, FaultServer } from '../faults/server';
import {
  type Arrival,
  BLANK,
  hashesOf,
  inventory,
  type OpenResult,
  openInPage,
  totalBytesOf,
  watchArrivals,
} from './weightsInPage';

const CHUNK = 128 * 1024;
const sizes = { 'denoiser.onnx': 15 * CHUNK + 4321, 'decoder.onnx': 8 * CHUNK, 'config.json': 600 };
const LARGE_FILES = ['denoiser.onnx', 'decoder.onnx'] as const;
const model = noiseModel({ seed: 41, chunkBytes: CHUNK, sizes });
const total = totalBytesOf(model);

const PAGE_TROUBLES = ['abort', 'close', 'crash'] as const;
const LINE_TROUBLES = ['reset', 'truncate', 'stall', 'busy', 'flip', 'resetAndNoRange'] as const;

/** Slow enough to be interrupted, fast enough for hundreds of seeds. */
const PACED: Fault = { type: 'slow', pieceBytes: CHUNK / 2, pauseMs: 5 };
const SETTLED_WITHIN_MS = 120_000;

export class Campaign {
  readonly interruptions: Record<string, number> = {};
  /** For each interruption, the bytes that had arrived and were asked for again. */
  readonly refetchedBytes: number[] = [];
  readonly failures: string[] = [];
  byteIdentical = 0;
  /** Interruptions after which a record said that an incomplete model is complete. */
  falseReady = 0;

  private constructor(
    private readonly server: FaultServer,
    /** Outlives the others: looks at what they left, and ends what they began. */
    private readonly heir: Page,
  ) {}

  static async run(context: BrowserContext, seeds: readonly number[]): Promise<Campaign> {
    // The dev server reloads pages when a source file is saved; a campaign is long, and somebody may be at work.
    await context.routeWebSocket(/./, () => {});
    const server = await FaultServer.start(model);
    const campaign = new Campaign(server, await newPage(context));
    for (const seed of seeds) {
      await campaign.#runSeed(randomOf(seed)).catch((error) => campaign.failures.push(`seed ${seed}: ${error}`));
    }
    await server.stop();
    return campaign;
  }

  get figures() {
    const { interruptions, refetchedBytes, failures, byteIdentical, falseReady } = this;
    const sum = refetchedBytes.reduce((all, bytes) => all + bytes, 0);
    const refetched = { largest: Math.max(0, ...refetchedBytes), mean: Math.round(sum / refetchedBytes.length) };
    const setUp = { totalBytes: total, chunkBytes: CHUNK };
    return { ...setUp, byteIdentical, falseReady, interruptions, refetchedBytesPerInterruption: refetched, failures };
  }

  async #runSeed(random: Random): Promise<void> {
    await this.heir.reload();
    await clearStorage(this.heir);
    let storedBytes = 0;
    for (let left = random(3); left > 0 && storedBytes < total; left--) {
      storedBytes = await this.#troublePage(pick(PAGE_TROUBLES, random), storedBytes + random(total - storedBytes));
    }
    // Distinct: the same chunk mangled twice is an error by contract.
    const first = pick(LINE_TROUBLES, random);
    const second = pick(
      LINE_TROUBLES.filter((each) => each !== first),
      random,
    );
    const troubles = random(2) ? [first, second] : [first];
    this.#expect(troubles.flatMap((trouble) => faultsOf(trouble, random)));
    const arrivals = await this.heir.evaluateHandle(watchArrivals);
    const result = await settled(this.#open(this.heir));
    for (const trouble of troubles) this.#count(trouble);
    this.refetchedBytes.push(...lineLosses(await arrivals.jsonValue()));
    judge(result, storedBytes);
    this.byteIdentical += 1;
  }

  /** Ends the page, or the call in it, when so many bytes have arrived. Returns what is stored then. */
  async #troublePage(trouble: (typeof PAGE_TROUBLES)[number], atBytes: number): Promise<number> {
    this.#expect([]);
    this.#count(trouble);
    const page = await newPage(this.heir.context());
    let arrivedBytes = 0;
    const reached = new Promise<void>((resolve) => {
      page.on('console', (message) => {
        arrivedBytes = Number(/^loaded (\d+)$/.exec(message.text())?.[1] ?? arrivedBytes);
        if (arrivedBytes >= atBytes) resolve();
      });
    });
    const call = this.#open(page, trouble === 'abort' ? atBytes : undefined);
    // In a page that dies it never settles.
    call.catch(() => {});
    if (trouble === 'abort') await settled(call);
    else await reached;
    if (trouble === 'crash') await crash(page);
    await page.close();
    const { chunks, records } = await this.heir.evaluate(inventory);
    const storedBytes = chunks.reduce((sum, key) => sum + sizeOf(key), 0);
    this.refetchedBytes.push(Math.max(0, arrivedBytes - storedBytes));
    if (records.length > 0 && storedBytes < total) this.falseReady += 1;
    return storedBytes;
  }

  #expect(faults: readonly Fault[]): void {
    this.server.forget();
    this.server.misbehave(...faults, PACED);
  }

  #count(trouble: string): void {
    this.interruptions[trouble] = (this.interruptions[trouble] ?? 0) + 1;
  }

  #open(page: Page, abortAtBytes?: number): Promise<OpenResult> {
    const { manifestUrl } = this.server;
    return page.evaluate(openInPage, abortAtBytes === undefined ? { manifestUrl } : { manifestUrl, abortAtBytes });
  }
}

/** Where the line cut a body: how far before the cut did the next request for that file start? */
export function lineLosses(arrivals: readonly Arrival[]): number[] {
  return arrivals.flatMap(({ path, arrivedTo, wasCut }, index) => {
    const next = arrivals[index + 1];
    return wasCut && next?.path === path ? [Math.max(0, arrivedTo - next.askedFrom)] : [];
  });
}

async function newPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(BLANK);
  return page;
}

/** The right bytes, and no stored one fetched again. */
function judge({ code, message, files, progress }: OpenResult, storedBytes: number): void {
  const isRight = Object.entries(hashesOf(model)).every(([path, hash]) => files[path] === hash);
  if (!isRight) throw new Error(`The call ended with ${code ?? 'wrong bytes'}: ${message}`);
  const usedBytes = progress.findLast(({ source }) => source === 'cache')?.loadedBytes ?? 0;
  if (usedBytes !== storedBytes) throw new Error(`${storedBytes} bytes were stored, ${usedBytes} were used.`);
}

function faultsOf(trouble: (typeof LINE_TROUBLES)[number], random: Random): Fault[] {
  const path = pick(LARGE_FILES, random);
  const at = random(sizes[path]);
  switch (trouble) {
    case 'busy':
      return [{ type: 'status', status: 503, times: 1 }];
    case 'flip':
      return [{ type: 'flip', path, atByte: at, times: 1 }];
    case 'resetAndNoRange':
      return [{ type: 'reset', path, afterBytes: at, times: 1 }, { type: 'ignoreRange' }];
    default:
      return [{ type: trouble, path, afterBytes: at, times: 1 }];
  }
}

type Random = (limit: number) => number;

/** The same numbers for the same seed, everywhere. */
function randomOf(seed: number): Random {
  let draws = 0;
  return (limit) => noise(`seed ${seed}, draw ${draws++}`, 4).readUInt32BE() % Math.max(limit, 1);
}

function pick<T>(choices: readonly T[], random: Random): T {
  return choices[random(choices.length)] as T;
}

async function settled<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('A call did not settle.')), SETTLED_WITHIN_MS);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}

async function clearStorage(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
}

export async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  // The command has no answer: its page is gone.
  session.send('Page.crash').catch(() => {});
  await crashed;
}

function sizeOf(key: string): number {
  for (const { sizeBytes, chunkSha256 } of model.manifest.files) {
    const index = chunkSha256.indexOf(key);
    if (index >= 0) return Math.min(CHUNK, sizeBytes - index * CHUNK);
  }
  throw new Error(`A chunk is stored that the model does not have: ${key}`);
}
