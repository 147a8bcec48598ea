/** Which models there are, and which of them draws for an id. */
import type { ModelCard, ModelDirectory, Needs } from '../api/deps';
import type { ModelAlias, ModelEntry } from './types';

/**
 * A directory of the models installed and of the ids that they draw for.
 *
 * @example createDirectory([pocket], [seedream45]).serverOf('seedream-4-5', needs)?.id // 'pocket'
 */
export function createDirectory(installed: readonly ModelEntry[], aliases: readonly ModelAlias[]): ModelDirectory {
  const byRank = installed.toSorted((a, b) => b.rank - a.rank);
  const cards = [...aliases.flatMap((alias) => cardOf(alias, byRank) ?? []), ...installed];
  const find = (id: string) => cards.find((card) => card.id === id) ?? null;
  return {
    list: () => cards,
    find,
    serverOf(id, needs) {
      const asked = find(id);
      if (asked === null || installed.some((entry) => entry === asked)) return asked;
      return byRank.find((entry) => canDo(entry, needs)) ?? null;
    },
  };
}

/** An alias takes the steps of its best model, and every extension that one of its models honours. Null without models. */
function cardOf(alias: ModelAlias, byRank: readonly ModelEntry[]): ModelCard | null {
  const [best] = byRank;
  if (!best) return null;
  return { ...alias, steps: best.steps, extensions: [...new Set(byRank.flatMap(({ extensions }) => extensions))] };
}

function canDo(model: ModelCard, { references, mask, aspectRatio, resolution }: Needs): boolean {
  return (
    references <= model.maxReferences &&
    (!mask || model.extensions.includes('mask')) &&
    (aspectRatio === undefined || model.aspectRatios.includes(aspectRatio)) &&
    (resolution === undefined || model.resolutions.includes(resolution))
  );
}
