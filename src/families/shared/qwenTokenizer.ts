/** Prompt -> tokens of Qwen 2 and 3, in the frame of a conversation that the encoders of images expect. */
import { Tokenizer } from '@huggingface/tokenizers';
import type { Tokenize } from './clipTokenizer';

export interface QwenOptions {
  /** The model's `tokenizer.json`. */
  readonly tokenizer: Blob;
  /** More are cut off at the end. */
  readonly maxTokens: number;
  /** Whether the answer may begin with a thought; else an empty one is put before it. */
  readonly thinking: boolean;
}

/** Throws `SyntaxError` on a file that is no JSON. */
export async function openQwenTokenizer({ tokenizer: file, maxTokens, thinking }: QwenOptions): Promise<Tokenize> {
  const tokenizer = new Tokenizer(JSON.parse(await file.text()), {});
  return (prompt) => {
    const { ids } = tokenizer.encode(conversation(prompt, thinking), { add_special_tokens: false });
    return { ids: ids.slice(0, maxTokens), truncatedTokens: Math.max(0, ids.length - maxTokens) };
  };
}

/**
 * What Qwen 3's chat template makes of one message of the user and a waiting assistant. Words that look like its marks are
 * marks to the tokenizer, as they are to the reference.
 */
function conversation(prompt: string, thinking: boolean): string {
  const answer = thinking ? '' : '<think>\n\n</think>\n\n';
  return `<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n${answer}`;
}
