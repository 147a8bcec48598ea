/** The style of the house as numbers: how long files and functions are, how many parameters they take. */
import ts from 'typescript';
import type { SourceFile } from './sources';

/** Lines; the medians and 90th percentiles are taken over all files, or all named functions, together. */
export const LIMITS = {
  file: { median: 70, p90: 220, max: 350 },
  function: { median: 12, p90: 40, max: 70 },
  parameters: 3,
} as const;

export interface FunctionNumbers {
  readonly name: string;
  readonly lines: number;
  /** A last one named `options` is not counted. */
  readonly parameters: number;
}

export interface FileNumbers {
  readonly path: string;
  readonly lines: number;
  readonly functions: readonly FunctionNumbers[];
  /** Every `any` in a type. */
  readonly anyCount: number;
  /** Every `.innerHTML` and the like: text that becomes markup. */
  readonly markupWrites: number;
}

/** Four coordinates of a hash with their names from the paper: an object would only hide them. */
const BY_COORDINATES = new Set(['pcg4d', 'normalAt']);

const MARKUP_SINKS = new Set(['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'dangerouslySetInnerHTML']);

export function measure({ path, text }: SourceFile): FileNumbers {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const functions: FunctionNumbers[] = [];
  let anyCount = 0;
  let markupWrites = 0;
  const visit = (node: ts.Node): void => {
    if (isFunction(node)) functions.push(functionNumbers(node, source));
    if (node.kind === ts.SyntaxKind.AnyKeyword) anyCount += 1;
    if (ts.isIdentifier(node) && MARKUP_SINKS.has(node.text)) markupWrites += 1;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { path, lines: lineCount(text), functions, anyCount, markupWrites };
}

/** Broken limits of single files and functions. */
export function hardViolations({ path, lines, functions, anyCount, markupWrites }: FileNumbers): string[] {
  const found: string[] = [];
  if (lines > LIMITS.file.max) found.push(`${path}: ${lines} lines`);
  if (anyCount > 0) found.push(`${path}: any`);
  if (markupWrites > 0) found.push(`${path}: writes markup`);
  for (const { name, lines, parameters } of functions) {
    if (lines > LIMITS.function.max) found.push(`${path}: ${name} has ${lines} lines`);
    if (parameters > LIMITS.parameters && !BY_COORDINATES.has(name))
      found.push(`${path}: ${name} takes ${parameters} parameters`);
  }
  return found;
}

/** Broken limits of the code as a whole. */
export function overallViolations(files: readonly FileNumbers[]): string[] {
  const fileLines = files.map(({ lines }) => lines);
  // Short anonymous callbacks would pull the numbers down and say nothing.
  const named = files.flatMap(({ functions }) => functions.filter(({ name }) => name !== ANONYMOUS));
  const functionLines = named.map(({ lines }) => lines);
  return [
    ...overLimit('file median', quantile(fileLines, 0.5), LIMITS.file.median),
    ...overLimit('file p90', quantile(fileLines, 0.9), LIMITS.file.p90),
    ...overLimit('function median', quantile(functionLines, 0.5), LIMITS.function.median),
    ...overLimit('function p90', quantile(functionLines, 0.9), LIMITS.function.p90),
  ];
}

function overLimit(what: string, lines: number, limit: number): string[] {
  return lines > limit ? [`${what}: ${lines} lines, limit ${limit}`] : [];
}

/** Nearest rank. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

const ANONYMOUS = '(anonymous)';

function functionNumbers(node: ts.SignatureDeclaration, source: ts.SourceFile): FunctionNumbers {
  const lines = lineCount(source.text.slice(node.getStart(source), node.end));
  const counted = node.parameters.filter(
    ({ name }, index) => index < LIMITS.parameters || name.getText() !== 'options',
  );
  return { name: nameOf(node), lines, parameters: counted.length };
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (node.name) return node.name.getText();
  return ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : ANONYMOUS;
}

function isFunction(node: ts.Node): node is ts.SignatureDeclaration {
  return ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;
}

function lineCount(text: string): number {
  return text.trimEnd().split('\n').length;
}
