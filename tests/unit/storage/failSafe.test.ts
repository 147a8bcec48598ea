import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { FailSafe } from '../../../src/storage/failSafe';
import { fromHex, randomHex, toHex } from '../../../src/storage/hex';

describe('FailSafe', () => {
  const open = (disk: () => Promise<string>, patienceMs = 60_000) => {
    const told: string[] = [];
    const storage = new FailSafe({ read: disk }, () => ({ read: async () => 'memory' }), {
      patienceMs,
      onMemory: () => told.push('memory'),
    });
    return { storage, told, read: () => storage.use((store) => store.read()) };
  };

  test('uses the disk as long as it works', async () => {
    const { storage, told, read } = open(async () => 'disk');
    expect([await read(), storage.inMemory, told]).toEqual(['disk', false, []]);
  });

  test('goes on in memory when the disk fails, and says so once however many operations ran side by side', async () => {
    const { storage, told, read } = open(() => Promise.reject(new DOMException('', 'UnknownError')));
    expect(await Promise.all([read(), read(), read()])).toEqual(['memory', 'memory', 'memory']);
    expect(await read()).toBe('memory');
    expect([storage.inMemory, told]).toEqual([true, ['memory']]);
  });

  test('gives up a disk that hangs', async () => {
    const { read, told } = open(() => new Promise(() => {}), 10);
    expect([await read(), told]).toEqual(['memory', ['memory']]);
  });

  test('does in memory too what still works on a disk that others gave up', async () => {
    const disk: string[] = [];
    const memory: string[] = [];
    const storage = new FailSafe({ kept: disk }, () => ({ kept: memory }));
    let resolve = () => {};
    const slow = new Promise<void>((done) => {
      resolve = done;
    });
    const late = storage.use(async ({ kept }) => {
      if (kept === disk) await slow;
      kept.push('late');
    });
    await storage.use(async ({ kept }) => {
      if (kept === disk) throw new DOMException('', 'QuotaExceededError');
      kept.push('refused');
    });
    resolve();
    await late;
    expect([disk, memory]).toEqual([['late'], ['refused', 'late']]);
  });

  test('does not take a decision for trouble with the disk', async () => {
    const { storage, read } = open(() => Promise.reject(new ApiError('quota_exceeded', 'No money.')));
    await expect(read()).rejects.toMatchObject({ code: 'quota_exceeded' });
    expect(storage.inMemory).toBe(false);
  });
});

describe('hex', () => {
  test('comes back as the same bytes', () => {
    const bytes = Uint8Array.of(0, 1, 15, 16, 127, 128, 255);
    expect(toHex(bytes)).toBe('00010f107f80ff');
    expect(fromHex(toHex(bytes))).toEqual(bytes);
  });

  test.each(['0', 'zz', '0G', 'AB', ' 1', '1e+1'])('refuses %j', (text) => {
    expect(fromHex(text)).toBeNull();
  });

  test('draws as many random bytes as asked for', () => {
    expect(randomHex(16)).toMatch(/^[0-9a-f]{32}$/);
    expect(randomHex(16)).not.toBe(randomHex(16));
  });
});
