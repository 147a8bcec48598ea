import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../../src/families/pocket/config';
import { pocket } from '../../../../src/models/pocket';

const textOf = (folder: string): string => readFileSync(`${folder}/config.json`, 'utf8');
const read = (text: string) => readConfig(new Blob([text]));

describe("Pocket's config", () => {
  it.each(['tests/fixtures/tiny-pocket', 'public/models/pocket'])(
    'of %s is valid, and looks at as many pictures as the catalog says',
    async (folder) => {
      const { references, maxTokens } = await read(textOf(folder));
      expect(references).toEqual({ sidePx: 128, most: pocket.maxReferences });
      expect(maxTokens).toBeGreaterThan(0);
    },
  );

  const tiny = JSON.parse(textOf('tests/fixtures/tiny-pocket'));
  it.each([
    ['no references', { references: undefined }],
    ['squares that are no whole cells', { references: { sidePx: 100, most: 10 } }],
    ['no picture at all', { references: { sidePx: 128, most: 0 } }],
    ['half a token', { maxTokens: 2.5 }],
  ])('with %s is damaged', async (_, change) => {
    await expect(read(JSON.stringify({ ...tiny, ...change }))).rejects.toMatchObject({ code: 'weights_damaged' });
  });
});
