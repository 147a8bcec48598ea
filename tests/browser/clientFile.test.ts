/** `client.js`, the one file that code outside imports, and its types: as built, from another origin. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import ts from 'typescript';
import { ROOT } from '../../tools/paths.mjs';
import { startParentSite } from './embedPages';

const LIMIT_BYTES = 64_000;

test('is one small file that other origins may import', async ({ page, baseURL }) => {
  const site = await startParentSite();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  await page.goto(`${site.origin()}/isolated`);
  const names = await page.evaluate(async (url) => Object.keys(await import(url)).sort(), `${baseURL}client.js`);
  await site.close();
  expect(names).toEqual(['ApiError', 'createTessera', 'embedTessera']);
  expect(requests.filter((path) => path !== '/favicon.ico')).toEqual(['/isolated', '/client.js']);
  expect(readFileSync(join(ROOT, 'dist/client.js')).length).toBeLessThan(LIMIT_BYTES);
});

test('has types that need no package', () => {
  const snippet = `
    import { ApiError, createTessera, type EmbeddedTessera, embedTessera, type GenerateAnswer } from './client';
    const tessera: EmbeddedTessera = await embedTessera(document.body, { src: '/embed.html', timeoutMs: 1 });
    const answer: GenerateAnswer = await tessera.images.generate({ model: 'pocket', prompt: 'a', seed: 7 });
    const link: string | undefined = answer.data[0]?.url;
    const response: Response = await createTessera({ fetch: tessera.fetch }).fetch('/v2/models');
    // @ts-expect-error: no such format; a type that was lost on the way would take it.
    await tessera.images.generate({ model: 'pocket', prompt: 'a', output_format: 'gif' });
    // @ts-expect-error: no such ratio.
    await tessera.images.generate({ model: 'pocket', prompt: 'a', aspect_ratio: '5:7' });
    // @ts-expect-error: a number.
    const width: string = answer.data[0].width;
    export const all: readonly unknown[] = [link, width, response, tessera.iframe.title, new ApiError('not_found', 'a').status];
  `;
  const path = join(ROOT, 'dist/snippet.ts');
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === path || (!file.includes('/node_modules/') && fileExists(file));
  host.getSourceFile = (file, ...rest) =>
    file === path ? ts.createSourceFile(file, snippet, ts.ScriptTarget.ES2022) : getSourceFile(file, ...rest);
  const problems = ts.getPreEmitDiagnostics(ts.createProgram([path], options, host));
  expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
});
