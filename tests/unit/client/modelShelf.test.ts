/** In Node, where IndexedDB is missing, as it is in frames that may not store: what is said counts until the page closes. */
import { describe, expect, test } from 'vitest';
import { pathsOf } from '../../../src/client/modelManifest';
import { ModelShelf } from '../../../src/client/modelShelf';
import { openShelfStore } from '../../../src/client/modelShelfStore';
import { pocket } from '../../../src/models/pocket';
import { sdTurbo } from '../../../src/models/sdTurbo';
import { sdTurboWebnn } from '../../../src/models/sdTurboWebnn';
import { sdxlTurbo } from '../../../src/models/sdxlTurbo';
import { REPLICA_SPECS } from '../../browser/replicaSpecs';

const { spec } = REPLICA_SPECS['sd-turbo'] ?? expect.fail();
const url = 'https://models.example/manifest.json';
const manifest = {
  id: 'mine',
  name: 'Mine',
  revision: '1',
  licence: { name: 'MIT', url: 'https://models.example/licence' },
  files: pathsOf(spec).map((path) => ({ path })),
  spec,
};

describe('what the user said of models', () => {
  test('a licence is accepted once for all models that have it', async () => {
    const shelf = await ModelShelf.open();
    expect([pocket, sdTurbo].map((entry) => shelf.isAccepted(entry))).toEqual([true, false]);
    await shelf.accept(sdTurbo);
    await shelf.accept(sdTurbo);
    expect([sdTurbo, sdTurboWebnn, sdxlTurbo].map((entry) => shelf.isAccepted(entry))).toEqual([true, true, false]);
  });

  test('an added model stays through a refresh, takes the place of its older self, and can be forgotten', async () => {
    const shelf = await ModelShelf.open();
    await shelf.add({ url, manifest });
    await shelf.add({ url, manifest: { ...manifest, revision: '2' } });
    await shelf.refresh();
    expect(shelf.added).toMatchObject([{ id: 'custom-mine', weights: { revision: '2' } }]);
    await shelf.checked('custom-mine', 7);
    expect(shelf.checkedAtMs('custom-mine')).toBe(7);
    await shelf.forget('custom-mine');
    expect([shelf.added, shelf.checkedAtMs('custom-mine')]).toEqual([[], null]);
  });

  test('a manifest that is wrong is refused and not kept', async () => {
    const shelf = await ModelShelf.open();
    await expect(shelf.add({ url, manifest: {} })).rejects.toMatchObject({ code: 'invalid_parameter' });
    expect(shelf.added).toEqual([]);
  });

  test('a manifest that this Tessera no longer reads hides no other', async () => {
    const store = openShelfStore();
    await store.change((record) => ({ ...record, added: [{ url, manifest: { from: 'long ago' } }] }));
    const shelf = await ModelShelf.open(store);
    await shelf.add({ url, manifest });
    expect(shelf.added.map(({ id }) => id)).toEqual(['custom-mine']);
  });

  test('saying one thing does not undo what was said in another tab', async () => {
    const store = openShelfStore();
    const [here, there] = [await ModelShelf.open(store), await ModelShelf.open(store)];
    await there.add({ url, manifest });
    await here.accept(sdTurbo);
    expect(here.added.map(({ id }) => id)).toEqual(['custom-mine']);
  });
});
