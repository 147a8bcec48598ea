/** A prepared request becomes pictures: references, the owner's policy, money set aside, drawing, keeping, billing. */
import { ulid } from 'ulid';
import type {
  ApiDeps,
  DrawEvent,
  DrawnPicture,
  DrawRequest,
  HostedAnswer,
  ReferencePicture,
  StoredResult,
} from './deps';
import { ApiError, type ErrorCode } from './errors';
import { hostedCharge } from './hostedCharge';
import { checkMask } from './mask';
import { moneyNotSpent, type Usage, unitPriceOf, usageOf } from './money';
import type { Ask, LocalPlan, PreparedAsk } from './preparation';
import { DEFAULT_QUALITY, MAX_SEED } from './schema';

/** What is wrong with the device rather than with the request. */
const DEVICE_CANNOT: ReadonlySet<ErrorCode> = new Set([
  'engine_unavailable',
  'gpu_unavailable',
  'out_of_memory',
  'webgpu_unavailable',
]);

export interface KeptPicture extends StoredResult {
  readonly blob: Blob;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface LocalOutcome {
  readonly kind: 'local';
  readonly id: string;
  readonly model: string;
  readonly servedBy: string;
  readonly pictures: readonly KeptPicture[];
  readonly usage: Usage;
  readonly moneyNotSpent: string;
  readonly seed: number;
  readonly steps: number;
  /** Of the last picture: plan, device, times. */
  readonly report: Readonly<Record<string, unknown>>;
}

/** What the hosted service said, as it said it. */
export interface HostedOutcome {
  readonly kind: 'hosted';
  readonly answer: HostedAnswer;
}

export type Outcome = LocalOutcome | HostedOutcome;

export interface GenerationContext {
  readonly signal: AbortSignal;
  readonly emit: (event: DrawEvent) => void;
}

export async function generate(
  { ask, prepared }: PreparedAsk,
  deps: ApiDeps,
  context: GenerationContext,
): Promise<Outcome> {
  const { local, mayGoOut } = prepared;
  if (!local) return askHosted(ask, deps, context);
  try {
    return await drawHere({ ask, local }, deps, context);
  } catch (error) {
    if (mayGoOut && error instanceof ApiError && DEVICE_CANNOT.has(error.code)) return askHosted(ask, deps, context);
    throw error;
  }
}

async function drawHere(
  { ask, local }: { readonly ask: Ask; readonly local: LocalPlan },
  deps: ApiDeps,
  context: GenerationContext,
): Promise<LocalOutcome> {
  const { request } = ask;
  const images = await readImages(ask, deps, context.signal);
  const mask = await readMask(ask, deps, { signal: context.signal, first: images[0] });
  await obeyPolicy(ask, images, deps);
  const unitPrice = unitPriceOf(local.asked, local.supported.resolution);
  const spent = { unitPrice, quantity: request.n ?? 1 };
  const id = `req-${ulid()}`;
  const reservation = await deps.ledger.reserve(spent);
  let drawn: { pictures: KeptPicture[]; seed: number; report: DrawnPicture['report'] };
  try {
    drawn = await drawAll({ ask, local, images, mask, id }, deps, context);
    context.signal.throwIfAborted();
  } catch (error) {
    await reservation.release();
    throw error;
  }
  const { id: servedBy } = local.server;
  await reservation.settle({ requestId: id, model: local.asked.id, servedBy, ...spent, paidTo: 'local' });
  return {
    kind: 'local',
    id,
    model: request.model,
    servedBy,
    usage: usageOf(unitPrice, spent.quantity),
    moneyNotSpent: moneyNotSpent(deps.models, spent),
    steps: local.supported.steps,
    ...drawn,
  };
}

interface Checked {
  readonly ask: Ask;
  readonly local: LocalPlan;
  readonly images: readonly ReferencePicture[];
  readonly mask: ReferencePicture | null;
}

interface Drawing extends Checked {
  readonly id: string;
}

/** One after the other, with seeds one apart. */
async function drawAll(drawing: Drawing, deps: ApiDeps, { signal, emit }: GenerationContext) {
  const seed = drawing.ask.request.seed ?? randomSeed();
  const pictures: KeptPicture[] = [];
  let report: DrawnPicture['report'] = {};
  for (let index = 0; index < (drawing.ask.request.n ?? 1); index++) {
    const request = drawRequest(drawing, (seed + index) % (MAX_SEED + 1));
    const picture = await deps.engine.draw(request, { signal, onEvent: emit });
    const { blob, widthPx, heightPx } = picture;
    const kept = await deps.results.save({ id: drawing.id, index, blob });
    pictures.push({ ...kept, blob, widthPx, heightPx });
    report = picture.report;
  }
  return { pictures, seed, report };
}

export function drawRequest({ ask, local, images, mask }: Checked, seed: number): DrawRequest {
  const { request } = ask;
  return {
    model: local.server,
    prompt: request.prompt,
    negativePrompt: request.negative_prompt ?? null,
    images,
    mask,
    seed,
    guidance: request.guidance ?? null,
    strength: request.strength ?? null,
    ...local.supported,
    outputFormat: request.output_format ?? 'jpeg',
    quality: request.quality ?? DEFAULT_QUALITY,
    metadata: request.metadata ?? true,
    previews: ask.previews,
  };
}

/** One after the other: each may have millions of pixels. */
export async function readImages(
  { sources }: Ask,
  { references }: Pick<ApiDeps, 'references'>,
  signal: AbortSignal,
): Promise<ReferencePicture[]> {
  const images: ReferencePicture[] = [];
  for (const [index, source] of sources.entries()) {
    const param = typeof source === 'string' ? `images.${index}.url` : `image.${index}`;
    images.push(await references.read(source, { param, signal }));
  }
  return images;
}

async function readMask(
  { mask: source }: Ask,
  { references }: ApiDeps,
  { signal, first }: { readonly signal: AbortSignal; readonly first: ReferencePicture | undefined },
): Promise<ReferencePicture | null> {
  if (source === null) return null;
  const mask = await references.read(source, { param: 'mask', signal });
  checkMask(mask, first);
  return mask;
}

/** The owner's rule holds wherever the picture is drawn. */
export async function obeyPolicy(
  { request }: Ask,
  images: readonly ReferencePicture[],
  { policy }: Pick<ApiDeps, 'policy'>,
): Promise<void> {
  const negativePrompt = request.negative_prompt ?? null;
  const objection = await policy?.({ prompt: request.prompt, negativePrompt, images });
  if (objection) throw objection;
}

/** What was asked of this machine at 1K, the hosted service draws at its own smallest size. */
async function askHosted(ask: Ask, deps: ApiDeps, { signal }: GenerationContext): Promise<HostedOutcome> {
  const { request, sources } = ask;
  if (!deps.hosted)
    throw new ApiError('engine_unavailable', 'Neither this machine nor the hosted service can do that.');
  if ((request.n ?? 1) > 1)
    throw new ApiError('invalid_parameter', 'The hosted service draws one picture a request.', 'n');
  if (deps.policy) await obeyPolicy(ask, await readImages(ask, deps, signal), deps);
  const images = sources.length > 0 ? { images: sources.map((url) => ({ url })) } : {};
  const resolution = request.engine === 'auto' && request.resolution === '1K' ? undefined : request.resolution;
  const answer = await deps.hosted.generate({ ...request, ...images, resolution }, signal);
  const charge = hostedCharge(answer);
  if (charge) {
    const reservation = await deps.ledger.reserve({ unitPrice: '0', quantity: charge.quantity });
    await reservation.settle(charge);
  }
  return { kind: 'hosted', answer: { ...answer, body: withModel(answer.body, request.model) } };
}

/** The caller asked by an id of ours and finds it in the answer. */
function withModel(body: unknown, model: string): unknown {
  const isAnswer = typeof body === 'object' && body !== null && 'model' in body;
  return isAnswer ? { ...body, model, served_by: 'hosted' } : body;
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
