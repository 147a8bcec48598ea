/** What the wire promises whatever the sizes and the moments: the same bytes, bounded memory, everything settles. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fetchOver } from '../../../src/transport/fetchOver';
import { serveFetch } from '../../../src/transport/serveFetch';
import { type Channel, numberedBytes, openChannel, type Passed, piecesOf, settled } from './ports';

const URL_OF_ECHO = 'http://tessera.test/echo';

const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 });
const windowBytes = fc.integer({ min: 200, max: 100_000 });
const length = fc.integer({ min: 0, max: 120_000 });

type StreamingInit = RequestInit & { readonly duplex: 'half' };

function post(body: ReadableStream<Uint8Array>, signal?: AbortSignal): RequestInit {
  const init: StreamingInit = { method: 'POST', body, duplex: 'half', ...(signal && { signal }) };
  return init;
}

/** Bytes asked for and not yet sent, by direction; a negative balance would be a frame nobody asked for. */
function creditBalance(): { readonly note: (passed: Passed) => void; readonly lowest: () => number } {
  const balance = { asking: 0, answering: 0 };
  let lowest = 0;
  return {
    note: ({ from, frame, sizeBytes }) => {
      const other = from === 'asking' ? 'answering' : 'asking';
      if (frame.kind === 'credit') balance[other] += frame.meta;
      balance[from] -= sizeBytes;
      lowest = Math.min(lowest, balance[from]);
    },
    lowest: () => lowest,
  };
}

describe('bodies', () => {
  test('arrive byte-identical both ways, however they are chopped, and never unasked', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ up: length, down: length, upSizes: sizes, downSizes: sizes, windowBytes }),
        async (plan) => {
          const credit = creditBalance();
          const channel = openChannel(credit.note);
          const up = numberedBytes(plan.up);
          const down = numberedBytes(plan.down).reverse();
          const received: Uint8Array[] = [];
          serveFetch(
            channel.answering,
            async (request) => {
              received.push(new Uint8Array(await request.arrayBuffer()));
              return new Response(piecesOf(down, plan.downSizes), { status: 201, headers: { 'x-echo': request.url } });
            },
            plan,
          );
          const answer = await fetchOver(channel.asking, plan)(URL_OF_ECHO, post(piecesOf(up, plan.upSizes)));
          const body = new Uint8Array(await answer.arrayBuffer());
          channel.close();
          expect([answer.status, answer.headers.get('x-echo')]).toEqual([201, URL_OF_ECHO]);
          expect(Buffer.compare(body, down)).toBe(0);
          expect(Buffer.compare(received[0] ?? new Uint8Array(), up)).toBe(0);
          expect(credit.lowest()).toBe(0);
        },
      ),
      { numRuns: 50, examples: [[{ up: 40, down: 40, upSizes: [7], downSizes: [9], windowBytes: 1 }]] },
    );
  });

  test('stay apart when many exchanges share a port', async () => {
    const channel = openChannel();
    serveFetch(channel.answering, (request) => new Response(request.body));
    const ask = fetchOver(channel.asking, { windowBytes: 5_000 });
    const bodies = Array.from({ length: 50 }, (_, index) => numberedBytes(index * 997).map((byte) => byte ^ index));
    const answers = await Promise.all(
      bodies.map(async (body, index) => {
        const answer = await ask(URL_OF_ECHO, post(piecesOf(body, [index + 1, 1_000])));
        return new Uint8Array(await answer.arrayBuffer());
      }),
    );
    channel.close();
    expect(answers.every((answer, index) => Buffer.compare(answer, bodies[index] ?? new Uint8Array()) === 0)).toBe(
      true,
    );
  });

  test('wait for a slow reader within the window', async () => {
    const channel = openChannel();
    let madeBytes = 0;
    const endless = new ReadableStream(
      {
        pull(controller) {
          madeBytes += 10_000;
          controller.enqueue(new Uint8Array(10_000));
        },
      },
      { highWaterMark: 0 },
    );
    serveFetch(channel.answering, () => new Response(endless));
    const answer = await fetchOver(channel.asking, { windowBytes: 64_000 })(URL_OF_ECHO);
    await settled(200);
    // What the window holds, and the piece that waits for credit.
    expect(madeBytes).toBe(70_000);
    await answer.body?.cancel('enough');
    await settled();
    channel.close();
  });

  test('can be made of one buffer sent again and again', async () => {
    const channel = openChannel();
    const space = new TextEncoder().encode(' ');
    const spaces = new ReadableStream({
      start(controller) {
        for (let count = 0; count < 3; count += 1) controller.enqueue(space);
        controller.close();
      },
    });
    serveFetch(channel.answering, () => new Response(spaces));
    const answer = await fetchOver(channel.asking)(URL_OF_ECHO);
    expect(await answer.text()).toBe('   ');
    channel.close();
  });

  test('are not awaited where the answer comes first', async () => {
    const channel = openChannel();
    const served = serveFetch(channel.answering, () => new Response('too large', { status: 413 }));
    const reasons: unknown[] = [];
    const upload = new ReadableStream(
      {
        pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
        cancel: (reason) => void reasons.push(reason),
      },
      { highWaterMark: 0 },
    );
    const answer = await fetchOver(channel.asking)(URL_OF_ECHO, post(upload));
    expect([answer.status, await answer.text()]).toEqual([413, 'too large']);
    await settled();
    expect([reasons.length, served.openRequests]).toEqual([1, 0]);
    channel.close();
  });
});

/** An echo that pauses at no point, cut when `frames` frames have passed. */
async function cutAfter(frames: number, cut: (channel: Channel, controller: AbortController) => void) {
  const controller = new AbortController();
  let count = 0;
  const channel = openChannel(() => {
    count += 1;
    if (count === frames) queueMicrotask(() => cut(channel, controller));
  });
  const signals: AbortSignal[] = [];
  const served = serveFetch(
    channel.answering,
    (request) => {
      signals.push(request.signal);
      return new Response(request.body);
    },
    { windowBytes: 3_000 },
  );
  const sent = numberedBytes(20_000);
  const ask = fetchOver(channel.asking, { windowBytes: 3_000 });
  const outcome = await ask(URL_OF_ECHO, post(piecesOf(sent, [1_000]), controller.signal))
    .then((answer) => answer.arrayBuffer())
    .then(
      (body) => Buffer.compare(new Uint8Array(body), sent) === 0,
      (reason: unknown) => reason,
    );
  await settled();
  channel.close();
  const hasAnswered = channel.passed.some(({ from, frame }) => from === 'answering' && frame.kind === 'end');
  // Cut before the request arrived, nobody has to be told.
  const aborted = hasAnswered || signals.every((signal) => signal.aborted);
  return { outcome, openRequests: served.openRequests, aborted };
}

describe('an exchange that is cut', () => {
  const WHOLE_FRAMES = 80;

  test('by its caller, at any frame: settles on both sides with the reason', async () => {
    for (let frames = 1; frames < WHOLE_FRAMES; frames += 1) {
      const { outcome, openRequests, aborted } = await cutAfter(frames, (_, controller) =>
        controller.abort('changed my mind'),
      );
      expect(openRequests).toBe(0);
      if (outcome === true) continue;
      expect(outcome).toBe('changed my mind');
      expect(aborted).toBe(true);
    }
  });

  test.each(['asking', 'answering'] as const)(
    'by the port, closed at any frame by the %s side: settles',
    async (side) => {
      for (let frames = 1; frames < WHOLE_FRAMES; frames += 1) {
        const { outcome, openRequests, aborted } = await cutAfter(frames, (channel) => channel[side].close());
        expect(openRequests).toBe(0);
        if (outcome === true) continue;
        expect(outcome).toBeInstanceOf(TypeError);
        expect(aborted).toBe(true);
      }
    },
  );

  test('by the death of the other side, at any frame: settles', async () => {
    for (let frames = 1; frames < WHOLE_FRAMES; frames += 1) {
      const { outcome, openRequests } = await cutAfter(frames, (channel) => channel.close());
      expect(openRequests).toBe(0);
      expect(outcome === true || outcome instanceof TypeError).toBe(true);
    }
  });
});
