import { describe, expect, it } from 'vitest';
import type { ModelListing, ModelState } from '../../../../src/client/library';
import { flux2Klein } from '../../../../src/models/flux2Klein';
import { sd15 } from '../../../../src/models/sd15';
import { sdTurbo } from '../../../../src/models/sdTurbo';
import { sdxs512 } from '../../../../src/models/sdxs512';
import type { ModelEntry } from '../../../../src/models/types';
import { switchModel, usableModel } from '../../../../src/ui/models/chosen';
import { addInputs, moveInput, putFirst, removeInput, useMask } from '../../../../src/ui/models/inputs';
import { requestFor } from '../../../../src/ui/request';
import { parseSettings } from '../../../../src/ui/settings';
import { createStore, type Store, type StudioPicture } from '../../../../src/ui/store';

const storeOf = (model: ModelEntry): Store => createStore(parseSettings('?prompt=a+cat'), model);
const png = (name: string): File => new File(['bytes'], name, { type: 'image/png' });
const drawn = (prompt: string): StudioPicture =>
  ({ prompt, answer: { data: [{ url: URL.createObjectURL(png(prompt)) }] } }) as unknown as StudioPicture;
const namesOf = ({ inputs }: Store): string[] => inputs.value.map(({ name }) => name);

describe('pictures given to a model', () => {
  it('are as many as it looks at: what does not fit is left out, and the order stays', () => {
    const store = storeOf(flux2Klein);
    expect(addInputs(store, ['a', 'b'].map(png))).toEqual({ taken: 2, refused: [], tooLarge: [], tooMany: 0 });
    expect(addInputs(store, ['c', 'd', 'e'].map(png))).toEqual({ taken: 2, refused: [], tooLarge: [], tooMany: 1 });
    expect(namesOf(store)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('take the place of the one before where it starts from one', () => {
    const single = storeOf(sdTurbo);
    addInputs(single, [png('a')]);
    expect(addInputs(single, [png('b'), png('c')])).toMatchObject({ taken: 1, tooLarge: [], tooMany: 1 });
    expect(namesOf(single)).toEqual(['c']);
  });

  it('make room for one that was drawn here: it is image 1, and the next such takes its place', async () => {
    const store = storeOf(flux2Klein);
    addInputs(store, [png('mine')]);
    await putFirst(store, drawn('a cat'));
    expect(namesOf(store)).toEqual(['a cat', 'mine']);
    await putFirst(store, drawn('a blue cat'));
    expect(namesOf(store)).toEqual(['a blue cat', 'mine']);
  });

  it('are moved and removed one by one', () => {
    const store = storeOf(flux2Klein);
    addInputs(store, ['a', 'b', 'c'].map(png));
    moveInput(store, store.inputs.value[2]?.url ?? '', -1);
    expect(namesOf(store)).toEqual(['a', 'c', 'b']);
    moveInput(store, store.inputs.value[0]?.url ?? '', -1);
    expect(namesOf(store)).toEqual(['a', 'c', 'b']);
    removeInput(store, store.inputs.value[1]?.url ?? '');
    expect(namesOf(store)).toEqual(['a', 'b']);
  });

  it('that are too large are named and left out', () => {
    const store = storeOf(sdTurbo);
    const large = new File([new Uint8Array(10 * 1024 * 1024 + 1)], 'large.png', { type: 'image/png' });
    expect(addInputs(store, [large])).toEqual({ taken: 0, refused: [], tooLarge: ['large.png'], tooMany: 0 });
    expect(namesOf(store)).toEqual([]);
  });

  it('that are no pictures are named and left out', () => {
    const store = storeOf(sdTurbo);
    const given = addInputs(store, [new File(['text'], 'notes.txt', { type: 'text/plain' }), png('a')]);
    expect(given).toEqual({ taken: 1, refused: ['notes.txt'], tooLarge: [], tooMany: 0 });
    expect(namesOf(store)).toEqual(['a']);
  });

  it('take their mask with them', () => {
    const store = storeOf(sdTurbo);
    addInputs(store, [png('a')]);
    useMask(store, png('mask'));
    expect(store.mask.value?.name).toBe('mask');
    addInputs(store, [png('b')]);
    expect(store.mask.value).toBeNull();
  });
});

describe('a request', () => {
  it('holds what the model takes', () => {
    const store = storeOf(sdTurbo);
    addInputs(store, [png('a')]);
    useMask(store, png('mask'));
    store.strength.value = 0.5;
    store.guidance.value = 3;
    store.negativePrompt.value = 'text';
    const { images, mask, ...request } = requestFor(store);
    expect(images?.map(({ url }) => url)).toEqual([store.inputs.value[0]?.url]);
    expect(mask).toBe(store.mask.value?.url);
    expect(request).toMatchObject({ model: 'sd-turbo', strength: 0.5, steps: 1 });
    expect(request).not.toHaveProperty('guidance');
    expect(request).not.toHaveProperty('negative_prompt');
  });

  it('has no strength and no mask without a picture', () => {
    const store = storeOf(sdTurbo);
    store.strength.value = 0.5;
    expect(Object.keys(requestFor(store))).not.toEqual(expect.arrayContaining(['strength']));
  });

  it('says what to avoid only in words', () => {
    const store = storeOf(sd15);
    store.negativePrompt.value = '  ';
    expect(requestFor(store)).not.toHaveProperty('negative_prompt');
    store.negativePrompt.value = ' blur ';
    expect(requestFor(store)).toMatchObject({ negative_prompt: 'blur' });
  });
});

describe('another model', () => {
  it('takes what it can of the settings and brings its own steps', () => {
    const store = storeOf(sdTurbo);
    addInputs(store, [png('a')]);
    useMask(store, png('mask'));
    store.ratio.value = '16:9';
    store.steps.value = 3;
    switchModel(store, sdxs512);
    expect(store).toMatchObject({
      ratio: { value: '1:1' },
      steps: { value: sdxs512.steps.default },
      inputs: { value: [] },
      mask: { value: null },
      prompt: { value: 'a cat' },
    });
  });

  it('can be chosen once it is whole', () => {
    const listing = (state: ModelState) => [{ entry: sdTurbo, state } as ModelListing];
    for (const state of ['embedded', 'complete', 'checking'] as const) {
      expect(usableModel(listing(state), 'sd-turbo')).toBe(sdTurbo);
    }
    for (const state of ['absent', 'partial', 'downloading', 'damaged'] as const) {
      expect(usableModel(listing(state), 'sd-turbo')).toBeNull();
    }
  });
});
