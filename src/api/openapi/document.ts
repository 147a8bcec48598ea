/** `GET /openapi.json`: made from the schemas that validate requests, so that it cannot say anything else. */
import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import type { ModelDirectory } from '../deps';
import { errorTable } from '../errors';
import { OpenAiSchema } from '../openai/request';
import { RequestSchema } from '../schema';
import { Answer, Balance, Costs, ErrorEnvelope, Model, OpenAiAnswer, OpenAiModels } from './schemas';

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
  readonly security?: readonly object[];
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: object;
  };
  readonly security: readonly object[];
}

const SCHEMAS: Readonly<Record<string, GenericSchema>> = {
  GenerateRequest: RequestSchema,
  GenerateAnswer: Answer,
  Model,
  Balance,
  Costs,
  Error: ErrorEnvelope,
  OpenAiAnswer,
  OpenAiModels,
};

export function openApiDocument(models: ModelDirectory): OpenApiDocument {
  const ids = models.list().map(({ id }) => id);
  return {
    openapi: '3.1.0',
    info: { title: 'Tessera', version: '2', description: description(ids) },
    paths: PATHS,
    components: {
      schemas: Object.fromEntries([...Object.entries(SCHEMAS), ['OpenAiRequest', OpenAiSchema] as const].map(named)),
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
    security: [{ key: [] }],
  };
}

function description(ids: readonly string[]): string {
  return (
    'An image generator that runs in a browser tab and answers the requests of the getimg.ai v2 API, and OpenAI image ' +
    `requests. Models here: ${ids.join(', ')}. Fields marked as extensions are Tessera's own; unknown fields are ignored.`
  );
}

/** Files and instances have no JSON form: in a form they are parts. */
function named([name, schema]: readonly [string, GenericSchema]): [string, object] {
  const { $schema: _, ...json } = toJsonSchema(schema, { errorMode: 'ignore' });
  return [name, json];
}

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const body = (name: string) => ({ required: true, content: { 'application/json': { schema: ref(name) } } });
const ok = (name: string, text: string) => ({
  description: text,
  content: { 'application/json': { schema: ref(name) } },
});
const list = (name: string, text: string) => ({
  description: text,
  content: { 'application/json': { schema: { type: 'array', items: ref(name) } } },
});
const text = { type: 'string' };
const inPath = (name: string) => ({ name, in: 'path', required: true, schema: text });
const inQuery = (name: string, required: boolean) => ({ name, in: 'query', required, schema: text });

/** The statuses that any route can answer, by the table of codes. */
const FAILURES: Readonly<Record<string, object>> = Object.fromEntries(
  [...new Set(errorTable().map(([, status]) => status))]
    .toSorted((a, b) => a - b)
    .map((status) => {
      const codes = errorTable().filter(([, of]) => of === status);
      return [String(status), ok('Error', codes.map(([code]) => code).join(', '))];
    }),
);

const PATHS: OpenApiDocument['paths'] = {
  '/v2/images/generations': {
    post: {
      operationId: 'generateImage',
      summary: 'Draw or edit pictures. With `stream: true` the answer is a stream of events.',
      requestBody: body('GenerateRequest'),
      responses: { 200: ok('GenerateAnswer', 'The pictures and what they cost.'), ...FAILURES },
    },
  },
  '/v2/models': {
    get: {
      operationId: 'listModels',
      summary: 'The models.',
      parameters: [inQuery('type', false)],
      responses: { 200: list('Model', 'All models.'), ...FAILURES },
    },
  },
  '/v2/models/{id}': {
    get: {
      operationId: 'retrieveModel',
      summary: 'One model.',
      parameters: [inPath('id')],
      responses: { 200: ok('Model', 'The model.'), ...FAILURES },
    },
  },
  '/v2/downloads/{id}/{index}': {
    get: {
      operationId: 'download',
      summary: 'A finished picture. Ranges are served; no key is needed.',
      parameters: [inPath('id'), inPath('index'), inQuery('exp', true), inQuery('sig', true)],
      responses: { 200: { description: 'The file.' }, 206: { description: 'A part of it.' }, ...FAILURES },
      security: [],
    },
  },
  '/v2/billing/balance': {
    get: {
      operationId: 'retrieveBalance',
      summary: 'What is left.',
      responses: { 200: ok('Balance', 'The balance.'), ...FAILURES },
    },
  },
  '/v2/billing/costs': {
    get: {
      operationId: 'listCosts',
      summary: 'What was spent, by day (UTC), in a span of at most 180 days.',
      parameters: [inQuery('start', true), inQuery('end', true)],
      responses: { 200: ok('Costs', 'The costs.'), ...FAILURES },
    },
  },
  '/v1/images/generations': {
    post: {
      operationId: 'openAiGenerateImage',
      summary: "OpenAI's image generation.",
      requestBody: body('OpenAiRequest'),
      responses: { 200: ok('OpenAiAnswer', 'The pictures.'), ...FAILURES },
    },
  },
  '/v1/images/edits': {
    post: {
      operationId: 'openAiEditImage',
      summary: "OpenAI's image editing, as a form with files or as JSON with URLs.",
      requestBody: {
        required: true,
        content: {
          'multipart/form-data': { schema: ref('OpenAiRequest') },
          'application/json': { schema: ref('OpenAiRequest') },
        },
      },
      responses: { 200: ok('OpenAiAnswer', 'The pictures.'), ...FAILURES },
    },
  },
  '/v1/models': {
    get: {
      operationId: 'openAiListModels',
      summary: "The models, as OpenAI's API lists them.",
      responses: { 200: ok('OpenAiModels', 'All models.'), ...FAILURES },
    },
  },
  '/v1/models/{id}': {
    get: {
      operationId: 'openAiRetrieveModel',
      summary: "One model, as OpenAI's API tells it.",
      parameters: [inPath('id')],
      responses: { 200: { description: 'The model.' }, ...FAILURES },
    },
  },
};
