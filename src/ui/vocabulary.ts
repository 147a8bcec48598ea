/** The words the model knows, for suggestions. The page works without them. */
import * as v from 'valibot';

const Words = v.array(v.pipe(v.string(), v.minLength(1)));
const VocabularySchema = v.object({
  concepts: Words,
  colours: Words,
  styles: Words,
  backgrounds: Words,
});

export type Vocabulary = v.InferOutput<typeof VocabularySchema>;

/** Null when it cannot be had: suggestions are a help, not a condition. */
export async function fetchVocabulary(url: string): Promise<Vocabulary | null> {
  try {
    const response = await fetchOrCached(url);
    const result = v.safeParse(VocabularySchema, await response.json());
    return result.success ? result.output : null;
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
