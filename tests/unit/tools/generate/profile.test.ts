import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimProfile } from '../../../../tools/generate/profile.mjs';

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-profile-'));
  said = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

const profile = () => join(folder, 'generate');
const claim = (signal = new AbortController().signal) =>
  claimProfile(profile(), { say: (line) => said.push(line), signal });

describe('a profile', () => {
  test('is one command’s until it is given back; the next one waits and says so once', async () => {
    const giveBack = await claim();
    let isNext = false;
    const next = claim().then((release) => {
      isNext = true;
      return release;
    });
    while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isNext).toBe(false);
    await giveBack();
    await (await next)();
    expect(said).toEqual([`Waiting for another generate (process ${process.pid}) that draws with a downloaded model…`]);
  });

  test('of a command that was killed is taken, with the lock that its browser left', async () => {
    const giveBack = await claim();
    await giveBack();
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'close');
    writeFileSync(join(profile(), 'claimed-by'), String(child.pid));
    writeFileSync(join(profile(), 'SingletonLock'), '');
    await (await claim())();
    expect(said).toEqual([]);
    expect(existsSync(join(profile(), 'SingletonLock'))).toBe(false);
  });

  test('is waited for no longer than the command is wanted', async () => {
    const giveBack = await claim();
    const controller = new AbortController();
    const waiting = claim(controller.signal);
    controller.abort();
    await expect(waiting).rejects.toThrow();
    await giveBack();
  });
});
