/** Prompt -> token ids, cut to what the text encoder reads. */
import { Tokenizer } from '@huggingface/tokenizers';

export interface Tokens {
  readonly ids: readonly number[];
  readonly truncatedTokens: number;
}

export async function openTokenizer(
  tokenizerFile: Blob,
  configFile: Blob,
  maxTokens: number,
): Promise<(prompt: string) => Tokens> {
  const tokenizer = new Tokenizer(JSON.parse(await tokenizerFile.text()), JSON.parse(await configFile.text()));
  return (prompt) => truncate(tokenizer.encode(prompt).ids, maxTokens);
}

/** Keeps the closing token, which the encoder has always seen at the end. */
export function truncate(ids: readonly number[], maxTokens: number): Tokens {
  const truncatedTokens = Math.max(0, ids.length - maxTokens);
  if (truncatedTokens === 0) return { ids, truncatedTokens };
  return { ids: [...ids.slice(0, maxTokens - 1), ...ids.slice(-1)], truncatedTokens };
}
