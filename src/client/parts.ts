/**
 * Composition point of the API in the engine's page: all that stands behind its routes. One file, loaded when the page
 * stands; the parts themselves open what they keep when they are first used.
 */
import { createApi } from '../api/app';
import type { ApiOptions } from '../api/context';
import type { Api, ConsentQuestion, DrawRequest, ModelDirectory, PolicyHook } from '../api/deps';
import { downloadLink } from '../api/downloads';
import { lookAhead } from '../api/lookAhead';
import { createHostedService } from '../hosted/service';
import { createReferenceReader } from '../images/reference';
import type { ReferenceFetch } from '../images/referenceSource';
import { type Draw, DrawingQueue } from '../jobs/queue';
import { openKeys, type PageKeys } from '../keys/keys';
import type { Budget } from '../ledger/budget';
import { openLedger, type PageLedger } from '../ledger/ledger';
import { hostedPrice } from '../models/catalog';
import { openResults, type PageResults } from '../results/results';
import type { UsageSummary } from './account';
import { summaryOf } from './usageSummary';

/** Previews are drawn smaller than this, and again with every pause in typing. */
const PREVIEW_REFERENCE_PX = 512;

export interface HostedAccess {
  /** Where requests go. */
  readonly origin: string;
  /** The user's own key; null when there is none. */
  readonly apiKey: () => Promise<string | null>;
  /** Asked before a prompt first leaves the machine. */
  readonly askConsent: (question: ConsentQuestion) => Promise<boolean>;
}

export interface PartsOptions {
  readonly models: ModelDirectory;
  readonly draw: Draw;
  readonly drawPreview: (request: DrawRequest, signal: AbortSignal) => Promise<Blob>;
  /** The key of the page itself, which always enters. */
  readonly ownKey: string;
  /** Fetches what the page may not: reference pictures of other hosts, the hosted service. */
  readonly outside: ReferenceFetch | null;
  readonly budget: Budget;
  readonly keys: 'any' | 'known';
  readonly hosted: HostedAccess | null;
  readonly policy: PolicyHook | null;
  readonly api: ApiOptions;
}

export interface Parts {
  readonly api: Api;
  readonly ledger: PageLedger;
  readonly keys: PageKeys;
  readonly usage: () => Promise<UsageSummary>;
  readonly forgetConsent: () => void;
  /** Only while nothing else is drawn; neither billed nor kept. */
  readonly preview: (request: unknown, signal: AbortSignal) => Promise<Blob>;
  /** Jobs waiting or running. */
  readonly pending: () => number;
}

export function openParts({ models, draw, ownKey, outside, budget, hosted, policy, ...options }: PartsOptions): Parts {
  const results = openResults();
  const ledger = openLedger({ budget });
  const keys = openKeys({ mode: options.keys, secrets: [ownKey] });
  const sources = { fetch: outside, openOwn: (url: URL) => openDownload(url, results) };
  const references = createReferenceReader(sources);
  const glances = createReferenceReader({ ...sources, maxSidePx: PREVIEW_REFERENCE_PX });
  const hostedService =
    hosted &&
    createHostedService({
      baseUrl: hosted.origin,
      apiKey: hosted.apiKey,
      askConsent: hosted.askConsent,
      openReference: (source, options) => references.file(source, options),
      models: { pocket: 'seedream-4-5' },
      ...(outside && { fetch: outside }),
    });
  const engine = new DrawingQueue(draw);
  const deps = { models, engine, references, results, ledger, keys, policy, nowMs: Date.now };
  return {
    api: createApi({ ...deps, hosted: hostedService }, options.api),
    ledger,
    keys,
    usage: () => summaryOf(ledger, hostedPrice()),
    forgetConsent: () => hostedService?.forgetConsent(),
    preview: (request, signal) => {
      const draw = (checked: DrawRequest) => engine.whileIdle((ended) => options.drawPreview(checked, ended), signal);
      return lookAhead(request, { models, references: glances, policy, draw }, signal);
    },
    pending: () => engine.pending,
  };
}

/** A picture made here may be the next one's reference. Null for any other URL. */
async function openDownload(url: URL, results: PageResults): Promise<Blob | null> {
  const link = downloadLink(url);
  return link && results.open(link).catch(() => null);
}
