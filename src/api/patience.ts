/**
 * Answers that are long in coming. Clients give up on headers after five minutes and browsers on pending events of service
 * workers (facts/reliability, 5): so headers go out before, blanks follow, and the JSON comes when it is there.
 */
import { asApiError, envelope } from './envelope';

export interface Patience {
  /** A job that takes longer gets its headers before it is done. */
  readonly afterMs: number;
  readonly everyMs: number;
}

/**
 * The response, or after `afterMs` one that has begun; whatever fails later rides in its body.
 *
 * @throws what `work` throws before that
 */
export async function patiently(
  work: Promise<Response>,
  { afterMs, everyMs }: Patience,
  onLeave: () => void,
): Promise<Response> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), afterMs);
  });
  const response = await Promise.race([work, late]).finally(() => clearTimeout(timer));
  if (response) return response;
  return new Response(blanksThen(work, everyMs, onLeave), {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  });
}

function blanksThen(work: Promise<Response>, everyMs: number, onLeave: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let blanks: ReturnType<typeof setInterval> | undefined;
  return new ReadableStream({
    async start(controller) {
      const blank = () => controller.enqueue(encoder.encode(' '));
      blank();
      blanks = setInterval(blank, everyMs);
      void work
        .then((response) => response.text())
        .catch((error: unknown) => JSON.stringify(envelope(asApiError(error))))
        .then((text) => {
          if (blanks === undefined) return;
          clearInterval(blanks);
          controller.enqueue(encoder.encode(text));
          controller.close();
        });
    },
    cancel() {
      clearInterval(blanks);
      blanks = undefined;
      onLeave();
    },
  });
}
