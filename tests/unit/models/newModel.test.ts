/** The model that CONTRIBUTING.md shows, as a reader would copy it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { entryOfManifest } from '../../../src/client/modelManifest';

const ROOT = join(import.meta.dirname, '../../..');
const [, section = ''] = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8').split('## A new model\n');

function blockOf(language: string): string {
  return new RegExp(`\`\`\`${language}\n(.+?)\n\`\`\``, 's').exec(section)?.[1] ?? expect.fail();
}

/** What the compiler says of a file that is not on disk. */
function problemsOf(path: string, text: string): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? text : readFile(name));
  host.getSourceFile = (name, language, ...more) =>
    name === path ? ts.createSourceFile(name, text, language) : getSourceFile(name, language, ...more);
  const program = ts.createProgram([path], options, host);
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(path))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the model that the guide shows', () => {
  const path = join(ROOT, 'src/models/small.ts').replaceAll('\\', '/');

  test('is a data file that compiles, and one that forgets something does not', () => {
    const text = blockOf('ts');
    expect(problemsOf(path, text)).toEqual([]);
    expect(problemsOf(path, text.replace(/^ {2}rank: 36,\n/m, ''))).toEqual([expect.stringContaining("'rank'")]);
  });

  test('is a manifest that is read', () => {
    const entry = entryOfManifest(JSON.parse(blockOf('json')), 'https://models.example/manifest.json');
    expect(entry).toMatchObject({ id: 'custom-small-diffusion', images: 'none', licence: { mustAccept: false } });
  });
});
