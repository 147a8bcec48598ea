/** The words the model knows, for suggestions and notices. The page works without them. */
import * as v from 'valibot';

const Words = v.array(v.pipe(v.string(), v.minLength(1)));
const WordsByKind = v.pipe(
  v.record(v.string(), Words),
  v.transform((lists) => Object.values(lists).flat()),
);
/** Only newer models have it; one that cannot be read counts as missing. */
const MoreWords = v.fallback(v.optional(v.union([Words, WordsByKind]), []), []);

const VocabularySchema = v.object({
  concepts: Words,
  colours: Words,
  styles: Words,
  backgrounds: Words,
  sizes: MoreWords,
  placements: MoreWords,
  lighting: MoreWords,
  /** Hair, clothes and the like. */
  people: MoreWords,
  /** Other words for concepts. */
  synonyms: v.fallback(v.optional(v.record(v.string(), v.string()), {}), {}),
});

export type Vocabulary = v.InferOutput<typeof VocabularySchema>;

/** Null when it is no vocabulary. */
export function parseVocabulary(json: unknown): Vocabulary | null {
  const result = v.safeParse(VocabularySchema, json);
  return result.success ? result.output : null;
}

/** Null when it cannot be had: suggestions are a help, not a condition. */
export async function fetchVocabulary(url: string): Promise<Vocabulary | null> {
  try {
    const response = await fetchOrCached(url);
    return parseVocabulary(await response.json());
  } catch {
    return null;
  }
}

/** Offline, the browser's own cache may still have the list from an earlier visit. */
async function fetchOrCached(url: string): Promise<Response> {
  try {
    return await fetch(url);
  } catch {
    return await fetch(url, { cache: 'only-if-cached', mode: 'same-origin' });
  }
}
