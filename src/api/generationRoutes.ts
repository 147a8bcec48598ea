/** The three routes that make pictures: read, check, count, join or start, answer. */
import { orCancelled } from './abortable';
import { answerBody, hostedResponse, type LinkTo } from './answer';
import { isForm, readFormBody, readJsonBody } from './body';
import type { ApiContext, ApiOptions } from './context';
import type { ApiDeps, DrawEvent } from './deps';
import { errorResponse, json } from './envelope';
import { ApiError } from './errors';
import { type EventFormat, eventStream } from './events';
import { generate, type Outcome } from './generation';
import { openAiAnswer, openAiCompleted } from './openai/answer';
import { formFields, readOpenAi } from './openai/request';
import { patiently } from './patience';
import { type PreparedAsk, prepare, sizeOf } from './preparation';
import { RateLimit } from './rateLimit';
import { parseGenerateRequest } from './schema';
import { type Task, TaskRegistry } from './task';

/** Between the parts of a fingerprint; neither paths nor JSON hold it. */
const SEPARATOR = '\u0000';

/** How an answer is worded. */
interface Wording {
  readonly stream: EventFormat<Outcome> | null;
  readonly respond: (outcome: Outcome) => Promise<Response>;
}

type Running = Task<DrawEvent, Outcome>;

export class GenerationRoutes {
  readonly #limit: RateLimit;
  readonly #tasks: TaskRegistry<DrawEvent, Outcome>;

  constructor(
    private readonly deps: ApiDeps,
    private readonly options: Required<ApiOptions>,
  ) {
    this.#limit = new RateLimit(options.requestsPerMinute, deps.nowMs);
    this.#tasks = new TaskRegistry(options.graceMs);
  }

  /** `POST /v2/images/generations` */
  async hosted(context: ApiContext): Promise<Response> {
    return this.#counted(context, async () => {
      const { text, value } = await readJsonBody(context.req.raw);
      const request = parseGenerateRequest(value);
      const previews = request.stream === true || context.env.hooks.previews === true;
      const sources = (request.images ?? []).map(({ url }) => url);
      const ask = { request, sources, mask: request.mask ?? null, previews };
      const linkTo = this.#linkTo(context);
      const completed = async (outcome: Outcome) => [answerBody(outcome, linkTo) as object];
      const prepared = prepare(ask, this.deps);
      const format = { prefix: 'image_generation', size: sizeOf(prepared), mostPreviews: Number.POSITIVE_INFINITY };
      return this.#answer(context, this.#task(context, { ask, prepared }, text), {
        stream: request.stream ? { ...format, completed } : null,
        respond: async (outcome) =>
          outcome.kind === 'hosted' ? hostedResponse(outcome) : json(answerBody(outcome, linkTo)),
      });
    });
  }

  /** `POST /v1/images/generations` and `/v1/images/edits` */
  async openAi(context: ApiContext, { isEdit }: { readonly isEdit: boolean }): Promise<Response> {
    return this.#counted(context, async () => {
      const request = context.req.raw;
      const form = isEdit && isForm(request) ? await readFormBody(request) : null;
      const { text, value } = form ? { text: form.text, value: formFields(form.value) } : await readJsonBody(request);
      const { models } = this.deps;
      const ask = readOpenAi(value, { models, defaultModel: this.options.defaultModel, isEdit });
      const linkTo = this.#linkTo(context);
      const completed = (outcome: Outcome) => openAiCompleted(outcome, linkTo);
      const prepared = prepare(ask, this.deps);
      const prefix = isEdit ? 'image_edit' : 'image_generation';
      const format = { prefix, size: sizeOf(prepared), mostPreviews: ask.mostPreviews };
      return this.#answer(context, this.#task(context, { ask, prepared }, text), {
        stream: ask.stream ? { ...format, completed } : null,
        respond: async (outcome) => {
          const isRefusal = outcome.kind === 'hosted' && outcome.answer.status !== 200;
          if (isRefusal) return hostedResponse(outcome);
          return json(await openAiAnswer(outcome, ask.asBase64, linkTo));
        },
      });
    });
  }

  /** Every answer of these routes tells the limit; requests that are wrong in themselves do not count. */
  async #counted(context: ApiContext, work: () => Promise<Response>): Promise<Response> {
    const keyId = context.get('keyId');
    const response = await work().catch((error: unknown) => errorResponse(error));
    for (const [name, value] of Object.entries(this.#limit.headers(keyId))) {
      // The hosted service has limits of its own, and says so.
      if (!response.headers.has(name)) response.headers.set(name, value);
    }
    return response;
  }

  /** The running task of a request that was sent again, or a new one. */
  #task(context: ApiContext, job: PreparedAsk, bodyText: string): Running {
    const keyId = context.get('keyId');
    const { onEvent } = context.env.hooks;
    const fingerprint = [keyId, new URL(context.req.url).pathname, bodyText].join(SEPARATOR);
    const isRetry = Number(context.req.header('x-stainless-retry-count') ?? 0) >= 1;
    const running = isRetry ? this.#tasks.find(fingerprint) : null;
    if (running) return running;
    this.#limit.take(keyId);
    return this.#tasks.start(fingerprint, async ({ signal, emit }) => {
      const tell = (event: DrawEvent) => {
        onEvent?.(event);
        emit(event);
      };
      try {
        return await generate(job, this.deps, { signal, emit: tell });
      } catch (error) {
        if (error instanceof ApiError && error.status === 400) this.#limit.giveBack(keyId);
        throw error;
      }
    });
  }

  async #answer(context: ApiContext, task: Running, { stream, respond }: Wording): Promise<Response> {
    const { signal } = context.req.raw;
    if (stream) {
      const events = await eventStream(task, stream, signal);
      return new Response(events, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } });
    }
    const leave = task.attach();
    const work = orCancelled(() => task.result, signal).then(respond);
    signal.addEventListener('abort', leave, { once: true });
    const end = () => {
      signal.removeEventListener('abort', leave);
      leave();
    };
    work.then(end, end);
    return patiently(work, this.options.patience, end);
  }

  #linkTo(context: ApiContext): LinkTo {
    const { linkTo } = context.env.hooks;
    if (linkTo) return linkTo;
    const base = new URL(this.options.basePath, context.req.url);
    return ({ path }) => new URL(path.slice(1), base).href;
  }
}
