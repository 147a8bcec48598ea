import { describe, expect, it } from 'vitest';
import { abortable } from '../../../src/api/abortable';

describe('abortable', () => {
  it('gives the value of the work', async () => {
    expect(await abortable(Promise.resolve(7), new AbortController().signal)).toBe(7);
  });

  it('gives the error of the work', async () => {
    await expect(abortable(Promise.reject(new Error('no')), new AbortController().signal)).rejects.toThrow('no');
  });

  it('stops waiting when the signal fires, and when it has fired before', async () => {
    const controller = new AbortController();
    const waiting = abortable(new Promise(() => {}), controller.signal);
    controller.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    await expect(abortable(new Promise(() => {}), controller.signal)).rejects.toThrow(/abort/i);
  });

  it('leaves no unhandled rejection when the abandoned work fails later', async () => {
    const unhandled: unknown[] = [];
    const remember = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', remember);
    const work = new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 5));
    await expect(abortable(work, AbortSignal.abort())).rejects.toThrow(/abort/i);
    await new Promise((resolve) => setTimeout(resolve, 30));
    process.off('unhandledRejection', remember);
    expect(unhandled).toEqual([]);
  });
});
