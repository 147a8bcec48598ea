/** What the bench must know of the model it measures. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';

const PROMPT = 'a red apple on a blue background';

/** @typedef {Awaited<ReturnType<typeof readModel>>} BenchModel */

/** @param {string} folder */
export async function readModel(folder) {
  /** @param {string} name */
  const json = async (name) => JSON.parse(await readFile(join(folder, name), 'utf8'));
  const { revision } = await json('manifest.json');
  const { latentChannels, steps, training } = await json('config.json');
  const tokenizer = new Tokenizer(await json('tokenizer.json'), await json('tokenizer_config.json'));
  return {
    folder,
    revision: String(revision),
    preset: String(training.preset),
    prompt: PROMPT,
    tokenIds: tokenizer.encode(PROMPT).ids,
    latentChannels: Number(latentChannels),
    steps: Number(steps.default),
  };
}
