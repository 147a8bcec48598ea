/** `GET /docs`: the document as a page to read. No scripts; its own styles only. */
import { html } from 'hono/html';
import { errorTable } from '../errors';
import type { OpenApiDocument, Operation } from './document';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
}

const STYLE = `
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
  code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem .3rem 0; vertical-align: top; }
  tr { border-top: 1px solid #8886; } h2 { margin-top: 2.5rem; }`;

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export async function referencePage(document: OpenApiDocument): Promise<Response> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const schemas = Object.entries(document.components.schemas) as [string, JsonSchema][];
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Tessera API</title>
        <style>${STYLE}</style>
      </head>
      <body>
        <main>
          <h1>Tessera API</h1>
          <p>${document.info.description}</p>
          <p>Machines read <a href="openapi.json">openapi.json</a>. Requests carry <code>Authorization: Bearer KEY</code>.</p>
          <h2>Routes</h2>
          <table>
            <thead><tr><th scope="col">Route</th><th scope="col">What it does</th></tr></thead>
            <tbody>${operations.map(routeRow)}</tbody>
          </table>
          <h2>Errors</h2>
          <p>Every error is <code>{"error": {message, type, param, code}}</code>. 422 comes only from a rule of the page's owner.</p>
          <table>
            <thead><tr><th scope="col">Code</th><th scope="col">Status</th></tr></thead>
            <tbody>${errorTable().map(([code, status]) => html`<tr><td><code>${code}</code></td><td>${status}</td></tr>`)}</tbody>
          </table>
          ${schemas.map(([name, schema]) => schemaSection(name, schema))}
        </main>
      </body>
    </html>`;
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY };
  return new Response(String(page), { headers: { ...headers, 'x-content-type-options': 'nosniff' } });
}

function routeRow({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  return html`<tr><td><code>${method.toUpperCase()} ${path}</code></td><td>${operation.summary}</td></tr>`;
}

function schemaSection(name: string, schema: JsonSchema) {
  const fields = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required);
  return html`<h2 id="${name}">${name}</h2>
    <table>
      <thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
      <tbody>
        ${fields.map(
          ([field, of]) => html`<tr>
            <td><code>${field}</code>${required.has(field) ? ' (required)' : ''}</td>
            <td>${typeOf(of)}</td>
            <td>${of.description ?? of.items?.description ?? ''}</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map(String).join(' | ');
  if (schema.const !== undefined) return String(schema.const);
  const range = schema.maximum === undefined ? '' : ` ${schema.minimum ?? ''} … ${schema.maximum}`;
  const items = schema.items ? ` of ${typeOf(schema.items)}` : '';
  return `${[schema.type ?? 'any'].flat().join(' | ')}${items}${range}`;
}
