import { describe, expect, test } from 'vitest';
import { sourceFiles } from './sources';
import { hardViolations, LIMITS, measure, overallViolations } from './styleNumbers';

const PRODUCT = ['src', 'workers', 'tools', 'bench'];

function violationsOf(text: string): string[] {
  return hardViolations(measure({ path: 'src/ui/a.ts', text }));
}

function linesOfCode(count: number): string {
  return Array.from({ length: count }, (_, index) => `  work(${index});`).join('\n');
}

describe('style numbers', () => {
  const product = sourceFiles(PRODUCT).map(measure);

  test('hold for every file and function of the product', () => {
    expect(product.length).toBeGreaterThan(10);
    expect(product.flatMap(hardViolations)).toEqual([]);
  });

  test('hold for the product as a whole', () => {
    expect(overallViolations(product)).toEqual([]);
  });

  test('tests know no any, and their files end within the hard limit', () => {
    const tests = sourceFiles(['tests']).map(measure);
    expect(tests.filter(({ lines }) => lines > LIMITS.file.max)).toEqual([]);
    expect(tests.filter(({ anyCount }) => anyCount > 0)).toEqual([]);
  });

  test.each([
    ['a long file', linesOfCode(LIMITS.file.max + 1), 'src/ui/a.ts: 351 lines'],
    ['a long function', `function a() {\n${linesOfCode(69)}\n}`, 'src/ui/a.ts: a has 71 lines'],
    ['a long method', `class A {\n  b() {\n${linesOfCode(69)}\n  }\n}`, 'src/ui/a.ts: b has 71 lines'],
    ['a long arrow', `const a = () => {\n${linesOfCode(69)}\n};`, 'src/ui/a.ts: a has 71 lines'],
    ['four parameters', 'const f = (a, b, c, d) => a;', 'src/ui/a.ts: f takes 4 parameters'],
    ['options that are not last', 'const f = (options, a, b, c) => a;', 'src/ui/a.ts: f takes 4 parameters'],
    ['any', 'const a: any[] = [];', 'src/ui/a.ts: any'],
    ['markup from text', 'element.innerHTML = text;', 'src/ui/a.ts: writes markup'],
    ['markup from a prop', 'const a = { dangerouslySetInnerHTML: { __html: text } };', 'src/ui/a.ts: writes markup'],
  ])('catch: %s', (_rule, text, message) => {
    expect(violationsOf(text)).toEqual([message]);
  });

  test.each([
    ['functions, files and parameters at the limit', `function f(a, b, c) {\n${linesOfCode(68)}\n}`],
    ['three parameters and options', 'const f = (a, b, c, options) => a;'],
    ['the word any in text', "const any = 'any'; // any"],
    ['an overload without a body', 'declare function f(a: 1, b: 2, c: 3, d: 4): void;'],
  ])('let pass: %s', (_case, text) => {
    expect(violationsOf(text)).toEqual([]);
  });

  test('catch code whose typical file or function grows', () => {
    const text = `function f() {\n${linesOfCode(60)}\n}\n${linesOfCode(200)}`;
    expect(overallViolations([measure({ path: 'a.ts', text })])).toEqual([
      'file median: 262 lines, limit 70',
      'file p90: 262 lines, limit 220',
      'function median: 62 lines, limit 12',
      'function p90: 62 lines, limit 40',
    ]);
  });
});
