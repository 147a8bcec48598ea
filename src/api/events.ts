/** A running task as server-sent events, with OpenAI's names: previews, then the whole answer, or an error. */
import { orCancelled } from './abortable';
import { base64 } from './base64';
import type { DrawEvent } from './deps';
import { asApiError, envelope } from './envelope';
import type { Task } from './task';

/** Proxies cut lines that are silent for a minute. */
const HEARTBEAT_MS = 15_000;

export interface EventFormat<Result> {
  /** `image_generation` or `image_edit`. */
  readonly prefix: string;
  /** `2048x2048`, of the picture that previews are of. */
  readonly size: string | null;
  /** Previews beyond this number are left out. */
  readonly mostPreviews: number;
  /** The bodies of the last events. */
  readonly completed: (result: Result) => Promise<readonly object[]>;
}

/**
 * Leaving the stream is leaving the task.
 *
 * @throws ApiError when the task fails before it has told anything: that can still be a status
 */
export async function eventStream<Result>(
  task: Task<DrawEvent, Result>,
  format: EventFormat<Result>,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const detach = task.attach();
  const early: DrawEvent[] = [];
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const stopEarly = task.listen((event) => {
    early.push(event);
    begin();
  });
  try {
    await orCancelled(() => Promise.race([begun, task.result]), signal);
  } catch (error) {
    stopEarly();
    detach();
    throw error;
  }
  const encoder = new TextEncoder();
  let close = () => {};
  return new ReadableStream({
    start(controller) {
      let isOpen = true;
      const write = (text: string) => isOpen && controller.enqueue(encoder.encode(text));
      const writer = new EventWriter(format, write);
      const heartbeat = setInterval(() => write(': still drawing\n\n'), HEARTBEAT_MS);
      stopEarly();
      const stop = task.listen((event) => writer.tell(event));
      close = () => {
        isOpen = false;
        clearInterval(heartbeat);
        signal.removeEventListener('abort', abort);
        stop();
        detach();
      };
      const abort = () => {
        close();
        controller.error(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      for (const event of early) writer.tell(event);
      void writer.finish(task.result).then(() => {
        if (!isOpen) return;
        close();
        controller.close();
      });
    },
    cancel: () => close(),
  });
}

class EventWriter<Result> {
  #previews = 0;
  /** Previews are encoded one after the other, and before the answer. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly format: EventFormat<Result>,
    private readonly write: (text: string) => void,
  ) {}

  tell(event: DrawEvent): void {
    const { prefix, size, mostPreviews } = this.format;
    if (event.type === 'queued') this.#send(`${prefix}.queued`, { position: event.position });
    if (event.type !== 'preview' || this.#previews >= mostPreviews) return;
    const index = this.#previews++;
    this.#last = this.#last.then(async () => {
      const image = await event.blob();
      this.#send(`${prefix}.partial_image`, {
        b64_json: await base64(image),
        partial_image_index: index,
        output_format: image.type.replace('image/', ''),
        ...(size !== null && { size }),
        background: 'opaque',
        quality: 'auto',
        step: event.step,
        steps: event.steps,
        created_at: Math.floor(Date.now() / 1000),
      });
    });
    // A preview that cannot be encoded is none; the picture comes all the same.
    this.#last = this.#last.catch(() => {});
  }

  async finish(result: Promise<Result>): Promise<void> {
    try {
      const value = await result;
      await this.#last;
      for (const body of await this.format.completed(value)) this.#send(`${this.format.prefix}.completed`, body);
    } catch (error) {
      this.#send('error', envelope(asApiError(error)));
    }
  }

  #send(type: string, body: object): void {
    this.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...body })}\n\n`);
  }
}
