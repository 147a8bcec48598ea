/**
 * A campaign of seeded interruptions against the library of published models. Each seed gets one model of which only sizes
 * and hashes of whole files are known; on the way its page is closed, crashed or paused, at random bytes, and the line fails.
 */
import type { BrowserContext, Page } from '@playwright/test';
import { type NoiseModel, noise, noiseModel, sha256 } from '../faults/model';
import { type Fault, FaultServer } from '../faults/server';
import { crash, lineLosses } from './interruptions';
import { BLANK, watchArrivals } from './weightsInPage';

const PAGE_TROUBLES = ['pause', 'close', 'crash'] as const;
const LINE_TROUBLES = ['reset', 'truncate', 'stall', 'busy', 'ignoreRange'] as const;
const SETTLED_WITHIN_MS = 120_000;

export interface CampaignSize {
  readonly chunkBytes: number;
  readonly sizes: Readonly<Record<string, number>>;
}

interface GetCall {
  readonly files: readonly { path: string; url: string; sizeBytes: number; sha256: string }[];
  readonly chunkBytes: number;
  /** Pauses when so many bytes are loaded. */
  readonly pauseAtBytes: number | null;
}

export interface CampaignFigures {
  readonly totalBytes: number;
  readonly chunkBytes: number;
  readonly seeds: number;
  readonly byteIdentical: number;
  /** Interruptions after which an incomplete model counted as complete. */
  readonly falseReady: number;
  readonly interruptions: Readonly<Record<string, number>>;
  readonly largestRefetchedBytes: number;
  readonly failures: readonly string[];
}

export async function runCampaign(
  context: BrowserContext,
  size: CampaignSize,
  seeds: readonly number[],
): Promise<CampaignFigures> {
  // The dev server reloads pages when a source file is saved; a campaign is long, and somebody may be at work.
  await context.routeWebSocket(/./, () => {});
  const model = noiseModel({ seed: 43, ...size });
  const server = await FaultServer.start(model);
  const totalBytes = Object.values(size.sizes).reduce((sum, bytes) => sum + bytes, 0);
  const interruptions: Record<string, number> = {};
  const failures: string[] = [];
  let [byteIdentical, falseReady, largestRefetchedBytes] = [0, 0, 0];
  for (const seed of seeds) {
    const random = randomOf(seed);
    try {
      const heir = await newPage(context);
      await clearStorage(heir);
      let storedBytes = 0;
      for (let left = random(3); left > 0; left--) {
        const trouble = pick(PAGE_TROUBLES, random);
        interruptions[trouble] = (interruptions[trouble] ?? 0) + 1;
        const atBytes = storedBytes + random(totalBytes - storedBytes);
        const arrived = await interrupt(context, trouble, callOf(server, model, size.chunkBytes, atBytes));
        const left = await heir.evaluate(storedInPage);
        if (left.isFalse) falseReady += 1;
        storedBytes = left.storedBytes;
        largestRefetchedBytes = Math.max(largestRefetchedBytes, arrived - storedBytes);
      }
      const trouble = pick(LINE_TROUBLES, random);
      interruptions[trouble] = (interruptions[trouble] ?? 0) + 1;
      server.misbehave(...faultsOf(trouble, random, size.sizes));
      const arrivals = await heir.evaluateHandle(watchArrivals);
      const hashes = await settled(heir.evaluate(getInPage, callOf(server, model, size.chunkBytes, null)));
      server.misbehave();
      largestRefetchedBytes = Math.max(largestRefetchedBytes, ...lineLosses(await arrivals.jsonValue()));
      for (const [path, bytes] of model.files) {
        if (hashes[path] !== sha256(bytes)) throw new Error(`${path} ended with other bytes.`);
      }
      byteIdentical += 1;
      await heir.close();
    } catch (error) {
      failures.push(`seed ${seed}: ${error}`);
    }
  }
  await server.stop();
  const { chunkBytes } = size;
  return {
    totalBytes,
    chunkBytes,
    seeds: seeds.length,
    byteIdentical,
    falseReady,
    interruptions,
    largestRefetchedBytes,
    failures,
  };
}

/** Ends the page, or the download in it, once so many bytes have arrived. Returns how many had. */
async function interrupt(
  context: BrowserContext,
  trouble: (typeof PAGE_TROUBLES)[number],
  call: GetCall,
): Promise<number> {
  const page = await newPage(context);
  let arrivedBytes = 0;
  const reached = new Promise<void>((resolve) => {
    page.on('console', (message) => {
      arrivedBytes = Number(/^loaded (\d+)$/.exec(message.text())?.[1] ?? arrivedBytes);
      if (arrivedBytes >= (call.pauseAtBytes ?? 0)) resolve();
    });
  });
  const getting = page.evaluate(getInPage, trouble === 'pause' ? call : { ...call, pauseAtBytes: null });
  // In a page that dies it never settles.
  getting.catch(() => {});
  if (trouble === 'pause') await settled(getting.catch(() => {}));
  else await settled(reached);
  if (trouble === 'crash') await crash(page);
  await page.close();
  return arrivedBytes;
}

function callOf(server: FaultServer, { files }: NoiseModel, chunkBytes: number, pauseAtBytes: number | null): GetCall {
  const listed = [...files].map(([path, bytes]) => ({
    path,
    url: server.url(path),
    sizeBytes: bytes.length,
    sha256: sha256(bytes),
  }));
  return { files: listed, chunkBytes, pauseAtBytes };
}

/** Runs in the page. The sha256 of each file once all are there. */
async function getInPage({ files, chunkBytes, pauseAtBytes }: GetCall): Promise<Record<string, string>> {
  const { Library } = await import('/src/weights/published/library.ts');
  const { toHex } = await import('/src/storage/hex.ts');
  const policy = { tries: 4, firstPauseMs: 20, longestPauseMs: 100, stallMs: 4000 };
  const library = new Library({ chunkBytes, policy });
  const stop = new AbortController();
  await library.download(
    { id: 'noise', revision: '1', files },
    {
      signal: stop.signal,
      onProgress: ({ loadedBytes }) => {
        // A sign for those who pull the plug at some point.
        console.log(`loaded ${loadedBytes}`);
        if (pauseAtBytes !== null && loadedBytes >= pauseAtBytes) stop.abort();
      },
    },
  );
  const hashes: Record<string, string> = {};
  for (const [path, blob] of await library.open('noise')) {
    hashes[path] = toHex(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
  }
  return hashes;
}

/** Runs in the page. `isFalse`: the model counts as complete, and cannot be opened. */
async function storedInPage() {
  const { Library } = await import('/src/weights/published/library.ts');
  const library = new Library();
  const [model] = await library.list();
  const canOpen = await library.open('noise').then(
    () => true,
    () => false,
  );
  return { storedBytes: model?.storedBytes ?? 0, isFalse: (model?.isComplete ?? false) && !canOpen };
}

function faultsOf(trouble: (typeof LINE_TROUBLES)[number], random: Random, sizes: CampaignSize['sizes']): Fault[] {
  const [path = '', bytes = 1] = pick(Object.entries(sizes), random);
  if (trouble === 'busy') return [{ type: 'status', status: 503, times: 1 }];
  if (trouble === 'ignoreRange')
    return [{ type: 'reset', path, afterBytes: random(bytes), times: 1 }, { type: 'ignoreRange' }];
  return [{ type: trouble, path, afterBytes: random(bytes), times: 1 }];
}

type Random = (limit: number) => number;

/** The same numbers for the same seed, everywhere. */
function randomOf(seed: number): Random {
  let draws = 0;
  return (limit) => noise(`library ${seed}, draw ${draws++}`, 4).readUInt32BE() % Math.max(limit, 1);
}

function pick<T>(choices: readonly T[], random: Random): T {
  return choices[random(choices.length)] as T;
}

async function newPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(BLANK);
  return page;
}

async function clearStorage(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.clearDataForOrigin', { origin: new URL(page.url()).origin, storageTypes: 'indexeddb' });
  await page.reload();
}

async function settled<T>(call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('A call did not settle.')), SETTLED_WITHIN_MS);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}
