import { describe, expect, it } from 'vitest';
import type { Needs } from '../../../src/api/deps';
import { models } from '../../../src/models/catalog';
import { createDirectory } from '../../../src/models/directory';
import { pocket } from '../../../src/models/pocket';
import { seedream45 } from '../../../src/models/seedream45';
import type { ModelEntry } from '../../../src/models/types';

const ANYTHING: Needs = {
  references: 0,
  extensions: [],
  steps: undefined,
  aspectRatio: undefined,
  resolution: undefined,
};

/** Looks at no pictures. */
const plain: ModelEntry = { ...pocket, id: 'plain', maxReferences: 0 };
const editor: ModelEntry = {
  ...pocket,
  id: 'editor',
  rank: 1,
  maxReferences: 4,
  extensions: ['mask', 'strength'],
  resolutions: ['1K', '2K'],
};
const square: ModelEntry = {
  ...plain,
  id: 'square',
  rank: 50,
  aspectRatios: ['1:1'],
  steps: { default: 1, min: 1, max: 2 },
};

describe('the directory', () => {
  const directory = createDirectory(
    () => [editor, plain, square].map((entry) => ({ entry, isInstalled: true })),
    [seedream45],
  );
  const server = (needs: Partial<Needs>) => directory.serverOf('seedream-4-5', { ...ANYTHING, ...needs })?.id ?? null;

  it('lists the ids of the hosted API first, then what is installed', () => {
    expect(directory.list().map(({ id }) => id)).toEqual(['seedream-4-5', 'editor', 'plain', 'square']);
  });

  it('lets every model draw for its own id', () => {
    for (const { id } of [editor, plain, square]) expect(directory.serverOf(id, ANYTHING)?.id).toBe(id);
  });

  it('lets the best model that can do the request draw for an alias', () => {
    expect(server({})).toBe('square');
    expect(server({ aspectRatio: '16:9' })).toBe('plain');
    expect(server({ references: 4 })).toBe('editor');
    expect(server({ extensions: ['mask'], resolution: '2K' })).toBe('editor');
    expect(server({ extensions: ['strength'] })).toBe('editor');
    expect(server({ steps: 3 })).toBe('plain');
  });

  it('finds nobody for what no model can do', () => {
    expect(server({ references: 5 })).toBeNull();
    expect(server({ references: 1, resolution: '4K' })).toBeNull();
    expect(server({ extensions: ['guidance'] })).toBeNull();
    expect(server({ steps: 99 })).toBeNull();
  });

  it('knows neither an unknown id nor an alias without models', () => {
    expect([directory.find('flux'), directory.serverOf('flux', ANYTHING)]).toEqual([null, null]);
    expect(createDirectory(() => [], [seedream45]).list()).toEqual([]);
  });

  it('gives an alias the steps of its best model, and what any of its models honours', () => {
    expect(directory.find('seedream-4-5')).toMatchObject({ steps: square.steps, extensions: ['mask', 'strength'] });
  });
});

describe('seedream-4-5', () => {
  it('offers what the hosted model offers, in its order', () => {
    expect(models.find('seedream-4-5')).toMatchObject({
      aspectRatios: ['1:1', '2:3', '3:2', '4:3', '3:4', '16:9', '9:16', '21:9'],
      resolutions: ['2K', '4K'],
      maxReferences: 10,
      rates: [
        { resolution: '2K', unitPrice: '0.04' },
        { resolution: '4K', unitPrice: '0.04' },
      ],
    });
  });

  it('is drawn by Pocket', () => {
    expect(models.serverOf('seedream-4-5', ANYTHING)?.id).toBe('pocket');
    expect(models.serverOf('seedream-4-5', { ...ANYTHING, references: 10 })?.id).toBe('pocket');
    expect(models.serverOf('seedream-4-5', { ...ANYTHING, references: 11 })).toBeNull();
  });
});
