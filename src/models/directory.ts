/** Which models there are, which of them are on this machine, and which of those draws for an id. */
import type { ModelCard, ModelDirectory, Needs } from '../api/deps';
import type { ModelAlias, ModelEntry } from './types';

/** A model and whether it can draw here and now. */
export interface Shelved {
  readonly entry: ModelEntry;
  readonly isInstalled: boolean;
}

/**
 * A directory of models and of the ids that they draw for.
 *
 * @param shelf what there is now; asked anew each time, since models come and go
 * @example createDirectory(() => [{ entry: pocket, isInstalled: true }], [seedream45]).serverOf('seedream-4-5', needs)?.id // 'pocket'
 */
export function createDirectory(shelf: () => readonly Shelved[], aliases: readonly ModelAlias[]): ModelDirectory {
  const cards = () => {
    const all = shelf();
    const byRank = installed(all);
    return [...aliases.flatMap((alias) => cardOf(alias, byRank) ?? []), ...all.map(describe)];
  };
  const find = (id: string) => cards().find((card) => card.id === id) ?? null;
  return {
    list: cards,
    find,
    serverOf(id, needs) {
      const all = shelf();
      const own = all.find(({ entry }) => entry.id === id);
      if (own) return own.isInstalled ? own.entry : null;
      if (!aliases.some((alias) => alias.id === id)) return null;
      return installed(all).find((entry) => canDo(entry, needs)) ?? null;
    },
  };
}

function installed(shelf: readonly Shelved[]): ModelEntry[] {
  const here = shelf.filter(({ isInstalled }) => isInstalled).map(({ entry }) => entry);
  return here.toSorted((a, b) => b.rank - a.rank);
}

function describe({ entry, isInstalled }: Shelved): ModelCard {
  const { weights, licence } = entry;
  const sizeBytes = weights.type === 'published' ? totalBytes(weights.files.map((file) => file.sizeBytes)) : null;
  return { ...entry, local: { isInstalled, sizeBytes, licence: licence.name } };
}

/** Null where one of them is not known. */
function totalBytes(sizes: readonly (number | null)[]): number | null {
  return sizes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0);
}

/** An alias takes the steps of its best model, and every extension that one of its models honours. Null without models. */
function cardOf(alias: ModelAlias, byRank: readonly ModelEntry[]): ModelCard | null {
  const [best] = byRank;
  if (!best) return null;
  return { ...alias, steps: best.steps, extensions: [...new Set(byRank.flatMap(({ extensions }) => extensions))] };
}

function canDo(model: ModelCard, { references, extensions, steps, aspectRatio, resolution }: Needs): boolean {
  return (
    references <= model.maxReferences &&
    extensions.every((name) => model.extensions.includes(name)) &&
    (steps === undefined || (steps >= model.steps.min && steps <= model.steps.max)) &&
    (aspectRatio === undefined || model.aspectRatios.includes(aspectRatio)) &&
    (resolution === undefined || model.resolutions.includes(resolution))
  );
}
