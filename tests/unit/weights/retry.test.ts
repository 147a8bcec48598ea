import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { Interruption, PATIENT, pauseMs, retrying, sleep } from '../../../src/weights/retry';
import { QUICK } from './quick';

const never = new AbortController().signal;
const options = { path: 'a.onnx', policy: QUICK, signal: never };

it('pauses longer each time, at random within a half, and never longer than the policy says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), (failures) => {
      const full = Math.min(500 * 2 ** (failures - 1), 8000);
      const pause = pauseMs(failures, PATIENT, null);
      expect(pause).toBeGreaterThanOrEqual(full / 2);
      expect(pause).toBeLessThanOrEqual(full);
    }),
  );
});

it('waits as long as the server asks, within reason', () => {
  expect(pauseMs(1, PATIENT, 3000)).toBe(3000);
  expect(pauseMs(1, PATIENT, 3_600_000)).toBe(PATIENT.longestPauseMs);
});

it('gives up after the last try with an error that names the file and the reason', async () => {
  let attempts = 0;
  const failing = async () => {
    attempts += 1;
    throw new Interruption('the connection failed');
  };
  const error = await retrying(failing, options).catch((thrown: unknown) => thrown);
  expect(attempts).toBe(QUICK.tries);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: 'weights_unreachable' });
  expect((error as ApiError).message).toMatch(/a\.onnx.*the connection failed.*try again/i);
});

it('starts counting anew after progress', async () => {
  let attempts = 0;
  const crawling = async (progressed: () => void) => {
    attempts += 1;
    if (attempts === 4 * QUICK.tries) return 'done';
    progressed();
    throw new Interruption('the connection failed');
  };
  await expect(retrying(crawling, options)).resolves.toBe('done');
});

it('does not retry what is not an interruption', async () => {
  let attempts = 0;
  const broken = async () => {
    attempts += 1;
    throw new TypeError('a bug');
  };
  await expect(retrying(broken, options)).rejects.toThrow('a bug');
  expect(attempts).toBe(1);
});

it('wakes at once when aborted, before and during the sleep', async () => {
  await expect(sleep(60_000, AbortSignal.abort('early'))).rejects.toBe('early');
  const controller = new AbortController();
  const sleeping = sleep(60_000, controller.signal);
  controller.abort('late');
  await expect(sleeping).rejects.toBe('late');
});
