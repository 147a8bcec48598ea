/** The API: one Hono app. Carriers bring requests, this answers them, and nothing that is thrown escapes. */
import { Hono } from 'hono';
import { readSpan } from './billing';
import { describeForOpenAi, describeModel, findCard, listModels } from './catalogue';
import type { ApiContext, ApiOptions, Environment } from './context';
import type { Api, ApiDeps } from './deps';
import { download } from './downloads';
import { errorResponse, json } from './envelope';
import { ApiError } from './errors';
import { GenerationRoutes } from './generationRoutes';
import { openApiDocument } from './openapi/document';
import { referencePage } from './openapi/page';

const DEFAULTS: Required<ApiOptions> = {
  basePath: '/',
  graceMs: 0,
  requestsPerMinute: 600,
  patience: { afterMs: 240_000, everyMs: 10_000 },
  defaultModel: 'pocket',
};

/**
 * @example
 * const api = createApi(deps, { basePath: '/' });
 * const response = await api.fetch(new Request('https://example.com/v2/models', { headers }));
 */
export function createApi(deps: ApiDeps, options: ApiOptions = {}): Api {
  const settings = { ...DEFAULTS, ...options };
  const app = new Hono<Environment>({ strict: false }).basePath(settings.basePath);
  addPublicRoutes(app, deps);
  app.use('/v1/*', async (context, next) => enter(context, deps, next));
  app.use('/v2/*', async (context, next) => enter(context, deps, next));
  addRoutes(app, deps, new GenerationRoutes(deps, settings));
  app.onError((error) => errorResponse(error));
  app.notFound(() => errorResponse(new ApiError('not_found', 'There is nothing at this path.')));
  return { fetch: async (request, hooks = {}) => app.fetch(request, { hooks }) };
}

type App = Hono<Environment, Record<never, never>, string>;

/** Without a key: what tells nothing of anybody, and pictures, whose links are the key. */
function addPublicRoutes(app: App, { results, models }: ApiDeps): void {
  app.get('/v2/downloads/:id/:index', (context) => download(context.req.raw, results));
  app.get('/openapi.json', () => json(openApiDocument(models), { headers: { 'access-control-allow-origin': '*' } }));
  app.get('/docs', () => referencePage(openApiDocument(models)));
  only(app, 'GET', ['/v2/downloads/:id/:index', '/openapi.json', '/docs']);
}

async function enter(context: ApiContext, { keys }: ApiDeps, next: () => Promise<void>): Promise<void> {
  const [, bearer = null] = /^Bearer +(\S+) *$/i.exec(context.req.header('authorization') ?? '') ?? [];
  const keyId = await keys.check(bearer);
  if (keyId === null) throw new ApiError('invalid_api_key', WRONG_KEY);
  context.set('keyId', keyId);
  await next();
}

const WRONG_KEY =
  'Incorrect API key provided. You can manage your API keys at https://getimg.ai/app/developer/api-keys';

const NO_VIDEOS = 'Tessera makes images only: there are no video models and no video generations.';

function addRoutes(app: App, { models, ledger }: ApiDeps, generations: GenerationRoutes): void {
  app.post('/v2/images/generations', (context) => generations.hosted(context));
  app.post('/v1/images/generations', (context) => generations.openAi(context, { isEdit: false }));
  app.post('/v1/images/edits', (context) => generations.openAi(context, { isEdit: true }));
  app.get('/v2/models', (context) => json(listModels(models, context.req.query('type')).map(describeModel)));
  app.get('/v2/models/:id', (context) => json(describeModel(findCard(models, context.req.param('id')))));
  app.get('/v1/models', () => json({ object: 'list', data: models.list().map(describeForOpenAi) }));
  app.get('/v1/models/:id', (context) => json(describeForOpenAi(findCard(models, context.req.param('id')))));
  app.get('/v2/billing/balance', async () => json({ balance: await ledger.balance(), currency: 'USD' }));
  app.get('/v2/billing/costs', async (context) => {
    const span = readSpan(new URL(context.req.url).searchParams);
    const { total, days } = await ledger.costs(span);
    const [start, end] = [span.start.toISOString(), span.end.toISOString()];
    // Numbers, where the balance is text: so the hosted API has them.
    const data = days.map(({ date, cost }) => ({ date, cost: Number(cost) }));
    return json({ currency: 'USD', data, start, end, total_cost: Number(total) });
  });
  app.all('/v2/videos/*', () => errorResponse(new ApiError('not_found', NO_VIDEOS)));
  only(app, 'POST', ['/v2/images/generations', '/v1/images/generations', '/v1/images/edits']);
  only(app, 'GET', ['/v2/models', '/v2/models/:id', '/v1/models', '/v1/models/:id']);
  only(app, 'GET', ['/v2/billing/balance', '/v2/billing/costs']);
}

/** Other methods on known paths. Hono answers HEAD by GET. */
function only(app: App, method: string, paths: readonly string[]): void {
  const allow = method === 'GET' ? 'GET, HEAD' : method;
  for (const path of paths) {
    app.all(path, () => {
      const error = new ApiError('method_not_allowed', `This path answers ${allow} only.`);
      return errorResponse(error, { allow });
    });
  }
}
