/** Who may load, embed and isolate what: the rules of the headers, for our servers and for static hosts. */
import { describe, expect, test } from 'vitest';
import { headersFile, parentsIn, responseHeaders } from '../../../tools/headers.mjs';

const policyOf = (path: string, parents: readonly string[] = []) =>
  responseHeaders(path, { dev: false, parents })['Content-Security-Policy'] ?? '';

describe('responseHeaders', () => {
  test('let nobody frame the studio', () => {
    expect(policyOf('/', ['https://example.com'])).toContain("frame-ancestors 'none'");
    expect(policyOf('/index.html', ['https://example.com'])).toContain("frame-ancestors 'none'");
  });

  test('let the listed origins frame the page for embedding, and our own', () => {
    expect(policyOf('/embed.html')).toMatch(/, frame-ancestors 'self'$/);
    expect(policyOf('/embed.html', ['https://example.com', 'http://localhost:8080'])).toMatch(
      /, frame-ancestors 'self' https:\/\/example\.com http:\/\/localhost:8080$/,
    );
  });

  test('let no setting write policy', () => {
    const hostile = ['https://a.test; script-src *', '*', 'https://a.test/', "'unsafe-inline'", 'https://*.a.test'];
    expect(policyOf('/embed.html', hostile)).toBe(policyOf('/embed.html'));
  });

  test('keep our files to ourselves, but for the page and the code that others load', () => {
    const sharing = (path: string) => responseHeaders(path, { dev: false })['Cross-Origin-Resource-Policy'];
    expect(['/', '/assets/a.js', '/ort/a.wasm', '/models/pocket/a.onnx'].map(sharing)).toEqual(
      Array(4).fill('same-origin'),
    );
    expect(['/embed.html', '/client.js', '/types/client/index.d.ts'].map(sharing)).toEqual(
      Array(3).fill('cross-origin'),
    );
  });

  test('isolate every page', () => {
    for (const path of ['/', '/embed.html', '/assets/worker.js']) {
      expect(responseHeaders(path, { dev: false })).toMatchObject({
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      });
    }
  });

  test('open more in development only', () => {
    expect(policyOf('/')).not.toMatch(/unsafe-inline|localhost|ws:/);
    expect(responseHeaders('/', { dev: true })['Content-Security-Policy']).toContain("'unsafe-inline'");
  });
});

describe('a server on the own machine', () => {
  test('lets its pages fetch models from other servers there', () => {
    const policy = responseHeaders('/', { dev: false, local: true })['Content-Security-Policy'];
    expect(policy).toContain("connect-src 'self' https: data: blob: http://127.0.0.1:* http://localhost:*;");
    expect(policy).not.toMatch(/unsafe-inline|ws:/);
  });
});

describe('headersFile', () => {
  test('names each path with its headers', () => {
    const blocks = headersFile(['https://example.com']).trim().split('\n\n');
    const embed = blocks.find((block) => block.startsWith('/embed.html\n'));
    expect(embed).toContain("  Content-Security-Policy: frame-ancestors 'self' https://example.com\n");
    expect(blocks[0]).toMatch(/^\/\*\n {2}Content-Security-Policy: default-src 'none'/);
  });
});

describe('parentsIn', () => {
  test.each([
    ['{"parents":["https://example.com","http://localhost:5173"]}', ['https://example.com', 'http://localhost:5173']],
    ['{"parents":["*","https://example.com/","example.com","null",7]}', []],
    ['{"parents":"https://example.com"}', []],
    ['{}', []],
    ['null', []],
    ['<!doctype html>', []],
    ['', []],
  ])('reads %s', (text, parents) => {
    expect(parentsIn(text)).toEqual(parents);
  });
});
