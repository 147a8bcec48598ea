import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DrawEvent, DrawnPicture, DrawRequest } from '../../../src/api/deps';
import { type Draw, DrawingQueue, QUEUE_CAPACITY } from '../../../src/jobs/queue';
import { models } from '../../../src/models/catalog';
import { drawRequest } from '../drawRequest';

const PICTURE: DrawnPicture = { blob: new Blob(['a picture']), widthPx: 1, heightPx: 1, report: {} };

/** A device that finishes a job when told to, and takes a moment to let go of a cancelled one. */
class Device {
  readonly started: string[] = [];
  readonly #finish = new Map<string, (error?: Error) => void>();
  leaveCancelled = Promise.resolve();

  readonly draw: Draw = async ({ prompt }, { signal }) => {
    this.started.push(prompt);
    await new Promise<void>((resolve, reject) => {
      this.#finish.set(prompt, (error) => (error ? reject(error) : resolve()));
      signal.addEventListener('abort', () => this.leaveCancelled.then(() => reject(signal.reason)));
    });
    return PICTURE;
  };

  async finish(prompt: string, error?: Error): Promise<void> {
    await vi.waitFor(() => expect(this.#finish.has(prompt)).toBe(true));
    this.#finish.get(prompt)?.(error);
  }
}

function asking(prompt: string): DrawRequest {
  const model = models.find('pocket');
  if (!model) throw new Error('Pocket is gone.');
  return drawRequest({ model, prompt });
}

function line() {
  const device = new Device();
  const queue = new DrawingQueue(device.draw);
  const submit = (prompt: string) => {
    const controller = new AbortController();
    const positions: number[] = [];
    const onEvent = (event: DrawEvent) => event.type === 'queued' && positions.push(event.position);
    const done = queue.draw(asking(prompt), { signal: controller.signal, onEvent });
    done.catch(() => {});
    return { done, positions, abort: () => controller.abort() };
  };
  return { device, queue, submit };
}

afterEach(() => vi.restoreAllMocks());

describe('the queue', () => {
  it('draws one at a time, in the order of asking, and tells each its place', async () => {
    const { device, queue, submit } = line();
    const jobs = ['a', 'b', 'c'].map(submit);
    expect(queue.pending).toBe(3);
    for (const prompt of ['a', 'b', 'c']) await device.finish(prompt);
    expect(await Promise.all(jobs.map(({ done }) => done))).toEqual([PICTURE, PICTURE, PICTURE]);
    expect(device.started).toEqual(['a', 'b', 'c']);
    expect(jobs.map(({ positions }) => positions)).toEqual([[0], [1, 0], [2, 1, 0]]);
    expect(queue.pending).toBe(0);
  });

  it('forgets a waiting job at once when it is cancelled, and moves the others up', async () => {
    const { device, queue, submit } = line();
    const [first, second, third] = ['a', 'b', 'c'].map(submit);
    second?.abort();
    await expect(second?.done).rejects.toMatchObject({ code: 'cancelled' });
    expect(queue.pending).toBe(2);
    expect(third?.positions).toEqual([2, 1]);
    await device.finish('a');
    await device.finish('c');
    await Promise.all([first?.done, third?.done]);
    expect(device.started).toEqual(['a', 'c']);
  });

  it('answers a cancelled running job at once, and starts the next only when the device is free', async () => {
    const { device, queue, submit } = line();
    let leave = () => {};
    device.leaveCancelled = new Promise((resolve) => {
      leave = resolve;
    });
    const [first, second] = ['a', 'b'].map(submit);
    await vi.waitFor(() => expect(device.started).toEqual(['a']));
    first?.abort();
    await expect(first?.done).rejects.toMatchObject({ code: 'cancelled' });
    expect([queue.pending, device.started]).toEqual([2, ['a']]);
    leave();
    await device.finish('b');
    await second?.done;
    expect(queue.pending).toBe(0);
  });

  it('never starts a job whose caller has gone before', async () => {
    const { device, queue } = line();
    const options = { signal: AbortSignal.abort(), onEvent: () => {} };
    await expect(queue.draw(asking('a'), options)).rejects.toMatchObject({ code: 'cancelled' });
    expect([queue.pending, device.started]).toEqual([0, []]);
  });

  it('refuses the one that finds every place taken, and says when to come back', async () => {
    const { device, queue, submit } = line();
    vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValueOnce(7_300).mockReturnValue(8_000);
    const slow = submit('slow');
    await device.finish('slow');
    await slow.done;
    const jobs = Array.from({ length: QUEUE_CAPACITY }, (_, index) => submit(`${index}`));
    await expect(submit('one too many').done).rejects.toMatchObject({ code: 'rate_limit', retryAfterS: 8 });
    expect(queue.pending).toBe(QUEUE_CAPACITY);
    for (const job of jobs.toReversed()) job.abort();
    await vi.waitFor(() => expect(queue.pending).toBe(0));
    const ends = await Promise.allSettled(jobs.map(({ done }) => done));
    expect(ends.map(({ status }) => status)).toEqual(jobs.map(() => 'rejected'));
  });

  it('asks for at least a second and at most a minute of patience', async () => {
    for (const [jobMs, retryAfterS] of [
      [3, 1],
      [900_000, 60],
    ] as const) {
      const { device, submit } = line();
      vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(jobMs);
      const only = submit('only');
      await device.finish('only');
      await only.done;
      for (let index = 0; index < QUEUE_CAPACITY; index++) submit(`${index}`);
      await expect(submit('more').done).rejects.toMatchObject({ code: 'rate_limit', retryAfterS });
    }
  });

  it('goes on after a job that failed', async () => {
    const { device, submit } = line();
    const [first, second] = ['a', 'b'].map(submit);
    await device.finish('a', new Error('lost'));
    await expect(first?.done).rejects.toThrow('lost');
    await device.finish('b');
    expect(await second?.done).toBe(PICTURE);
  });

  it('goes on when a listener throws, and does not hide the error', async () => {
    const surfaced: unknown[] = [];
    const remember = (error: unknown) => surfaced.push(error);
    process.on('uncaughtException', remember);
    const { device, queue } = line();
    const onEvent = () => {
      throw new Error('a broken listener');
    };
    const done = queue.draw(asking('a'), { signal: new AbortController().signal, onEvent });
    await device.finish('a');
    expect(await done).toBe(PICTURE);
    await vi.waitFor(() => expect(surfaced).toEqual([new Error('a broken listener')]));
    process.off('uncaughtException', remember);
  });
});

/** Work that ends when it is told to stop, and lets go of the device when `leave` is called. */
function spareWork() {
  let leave = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const work = async (signal: AbortSignal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await left;
    throw signal.reason;
  };
  return { work, leave: () => leave() };
}

describe('work while nothing is to be drawn', () => {
  const never = () => new AbortController().signal;

  it('runs, and takes no place in the line', async () => {
    const { queue } = line();
    const pending: number[] = [];
    const work = async () => {
      pending.push(queue.pending);
      return 'done';
    };
    expect(await queue.whileIdle(work, never())).toBe('done');
    expect(pending).toEqual([0]);
  });

  it('gives way to a picture, which starts as soon as the device is free', async () => {
    const { device, queue, submit } = line();
    const { work, leave } = spareWork();
    const spare = queue.whileIdle(work, never());
    const job = submit('a');
    await expect(spare).rejects.toMatchObject({ code: 'cancelled' });
    expect([queue.pending, device.started]).toEqual([1, []]);
    leave();
    await device.finish('a');
    expect(await job.done).toBe(PICTURE);
  });

  it('is refused while a picture is in line', async () => {
    const { device, queue, submit } = line();
    const job = submit('a');
    const work = vi.fn(async () => 'never');
    await expect(queue.whileIdle(work, never())).rejects.toMatchObject({ code: 'cancelled' });
    await device.finish('a');
    await job.done;
    expect(work).not.toHaveBeenCalled();
  });

  it('gives way to newer work of its kind, and of many only the last is begun', async () => {
    const { queue } = line();
    const { work, leave } = spareWork();
    const first = queue.whileIdle(work, never());
    const skipped = vi.fn(async () => 'skipped');
    const second = queue.whileIdle(skipped, never());
    const third = queue.whileIdle(async () => 'third', never());
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    leave();
    expect(await third).toBe('third');
    expect(skipped).not.toHaveBeenCalled();
  });

  it('ends with its caller, and its own failure is told', async () => {
    const { queue } = line();
    const { work, leave } = spareWork();
    const caller = new AbortController();
    const spare = queue.whileIdle(work, caller.signal);
    caller.abort();
    await expect(spare).rejects.toMatchObject({ code: 'cancelled' });
    leave();
    const failing = async () => Promise.reject(new Error('lost'));
    await expect(queue.whileIdle(failing, never())).rejects.toThrow('lost');
  });
});
