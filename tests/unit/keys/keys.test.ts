/** Keys where nothing can be stored, which is how Node looks to them. Their life on a disk is in tests/browser. */
import { describe, expect, test } from 'vitest';
import { openKeys } from '../../../src/keys/keys';

const NOON = Date.parse('2026-11-23T12:00:00Z');

describe('any key', () => {
  test('may enter, under an id of its own that does not tell it', async () => {
    const keys = openKeys({ mode: 'any' });
    const ids = [await keys.check('sk_one'), await keys.check('sk_two'), await keys.check(' sk_one ')];
    expect(ids[0]).toMatch(/^any_[0-9a-f]{16}$/);
    expect(ids[1]).not.toBe(ids[0]);
    expect(ids[2]).toBe(ids[0]);
  });

  test.each([null, '', '   ', 'x'.repeat(1025)])('but not %j', async (bearer) => {
    expect(await openKeys({ mode: 'any' }).check(bearer)).toBeNull();
  });

  test('that was revoked stays out', async () => {
    const keys = openKeys({ mode: 'any' });
    const { id, secret } = await keys.create('Script');
    expect(await keys.check(secret)).toBe(id);
    await keys.revoke(id);
    expect(await keys.check(secret)).toBeNull();
    expect(await keys.check('sk_other')).not.toBeNull();
  });
});

describe('known keys', () => {
  test('alone may enter, and those of the host', async () => {
    const keys = openKeys({ mode: 'known', secrets: ['sk_host'] });
    const { id, secret } = await keys.create('Script');
    expect(secret).toMatch(/^sk_[0-9a-f]{64}$/);
    expect(await keys.check(secret)).toBe(id);
    expect(await keys.check('sk_host')).toBe('host');
    expect(await keys.check('sk_other')).toBeNull();
    expect(await keys.check(null)).toBeNull();
    await keys.revoke(id);
    expect(await keys.check(secret)).toBeNull();
    expect(await keys.check('sk_host')).toBe('host');
  });

  test('are listed newest first with their last use, without their secrets', async () => {
    const clock = { nowMs: NOON };
    const keys = openKeys({ mode: 'known', nowMs: () => clock.nowMs });
    const old = await keys.create('  Old  ');
    clock.nowMs += 1000;
    const revoked = await keys.create('Revoked');
    clock.nowMs += 1000;
    const unnamed = await keys.create('');
    await keys.revoke(revoked.id);
    await keys.check(old.secret);
    clock.nowMs += 59_999;
    await keys.check(old.secret);
    expect(await keys.list()).toEqual([
      { id: unnamed.id, name: 'Key', createdAt: new Date(NOON + 2000), lastUsedAt: null },
      { id: old.id, name: 'Old', createdAt: new Date(NOON), lastUsedAt: new Date(NOON + 2000) },
    ]);
    clock.nowMs += 1;
    await keys.check(old.secret);
    expect((await keys.list()).at(-1)?.lastUsedAt).toEqual(new Date(NOON + 62_000));
  });

  test('that do not exist cannot be revoked', async () => {
    await expect(openKeys({ mode: 'known' }).revoke('key_0')).rejects.toMatchObject({ code: 'not_found' });
  });
});
