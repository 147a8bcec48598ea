/** Results where nothing can be stored, which is how Node looks to them. Their life on a disk is in tests/browser. */
import { afterEach, describe, expect, test } from 'vitest';
import { openResults, type PageResults, type ResultsOptions } from '../../../src/results/results';
import { tokenSigner } from '../../../src/results/signer';

const NOON = Date.parse('2026-11-23T12:00:00.250Z');

const open: PageResults[] = [];
function resultsAt(clock: { nowMs: number }, options: ResultsOptions = {}): PageResults {
  const results = openResults({ nowMs: () => clock.nowMs, ...options });
  open.push(results);
  return results;
}
afterEach(() => {
  for (const results of open.splice(0)) results.close();
});

const picture = (text = 'picture') => new Blob([text], { type: 'image/png' });

function linkOf(path: string) {
  const url = new URL(path, 'http://localhost');
  const [, , , id = '', index = ''] = url.pathname.split('/');
  return {
    id: decodeURIComponent(id),
    index,
    exp: url.searchParams.get('exp') ?? '',
    sig: url.searchParams.get('sig') ?? '',
  };
}

describe('a link', () => {
  test('opens its picture until deletes_at, in whole seconds, and says so in exp', async () => {
    const clock = { nowMs: NOON };
    const results = resultsAt(clock);
    const { path, deletesAt } = await results.save({ id: 'req-1', index: 0, blob: picture() });
    expect(path).toMatch(/^\/v2\/downloads\/req-1\/0\?exp=\d+&sig=[0-9a-f]{64}$/);
    expect(deletesAt.toISOString()).toBe('2026-11-24T12:00:01.000Z');
    expect(Number(linkOf(path).exp) * 1000).toBe(deletesAt.getTime());
    const blob = await results.open(linkOf(path));
    expect([blob.type, await blob.text()]).toEqual(['image/png', 'picture']);
    clock.nowMs = deletesAt.getTime() - 1;
    expect((await results.open(linkOf(path))).size).toBe(7);
    clock.nowMs = deletesAt.getTime();
    await expect(results.open(linkOf(path))).rejects.toMatchObject({ code: 'not_found', status: 404 });
  });

  test('that was changed anywhere opens nothing', async () => {
    const results = resultsAt({ nowMs: NOON });
    const { path } = await results.save({ id: 'req-1', index: 0, blob: picture() });
    await results.save({ id: 'req-1', index: 1, blob: picture('another') });
    const link = linkOf(path);
    const flipped = (link.sig[0] === '0' ? '1' : '0') + link.sig.slice(1);
    const forged = [
      ...['', 'x', flipped, link.sig.toUpperCase(), `${link.sig}00`, link.sig.slice(2)].map((sig) => ({
        ...link,
        sig,
      })),
      ...['', '1', '00', '0 ', '-0'].map((index) => ({ ...link, index })),
      ...['', 'req-2', 'req-1/0', '__proto__'].map((id) => ({ ...link, id })),
      ...['', String(Number(link.exp) + 1), `${link.exp}.0`, `0${link.exp}`, 'NaN'].map((exp) => ({ ...link, exp })),
    ];
    for (const one of forged) await expect(results.open(one)).rejects.toMatchObject({ code: 'not_found' });
    expect((await results.open(link)).size).toBe(7);
  });

  test('survives an id that needs escaping', async () => {
    const results = resultsAt({ nowMs: NOON });
    const { path } = await results.save({ id: 'a/b c?"', index: 0, blob: picture() });
    expect((await results.open(linkOf(path))).size).toBe(7);
  });
});

describe('the shelf', () => {
  test('is bounded: the oldest picture goes first', async () => {
    const clock = { nowMs: NOON };
    const results = resultsAt(clock, { maxMemoryBytes: 20 });
    const links = [];
    for (const id of ['req-1', 'req-2', 'req-3']) {
      links.push(linkOf((await results.save({ id, index: 0, blob: picture() })).path));
      clock.nowMs += 1000;
    }
    const opened = await Promise.allSettled(links.map((link) => results.open(link)));
    expect(opened.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(results.inMemory).toBe(true);
  });
});

describe('without cryptography', () => {
  test('a link carries a random token that nobody can guess', async () => {
    const signer = tokenSigner();
    const signature = await signer.sign('one');
    expect(signature).toMatch(/^[0-9a-f]{64}$/);
    expect(await signer.sign('one')).toBe(signature);
    expect(await signer.sign('two')).not.toBe(signature);
    expect(await signer.verify('one', signature)).toBe(true);
    for (const wrong of ['', signature.slice(1), signature.toUpperCase(), '0'.repeat(64)])
      expect(await signer.verify('one', wrong)).toBe(false);
    expect(await signer.verify('two', signature)).toBe(false);
    expect(await signer.verify('three', '0'.repeat(64))).toBe(false);
  });

  test('the oldest tokens go when there are too many', async () => {
    const signer = tokenSigner();
    const first = await signer.sign('link 0');
    for (let link = 1; link <= 10_000; link++) await signer.sign(`link ${link}`);
    expect(await signer.verify('link 0', first)).toBe(false);
    expect(await signer.verify('link 1', await signer.sign('link 1'))).toBe(true);
  });
});
