/** Every call to a worker settles, whatever happens to the worker. */
import { expect, test } from '@playwright/test';

interface Script {
  readonly behaviour: string;
  /** When to abort after the start of the job; never by default. */
  readonly abortAfterMs?: number;
  readonly closeAfterMs?: number;
}

test.beforeEach(async ({ page }) => {
  await page.goto('/tests/browser/blank.html');
});

const cases: readonly (Script & { readonly code: string })[] = [
  { behaviour: 'refuses', code: 'weights_damaged' },
  { behaviour: 'throws', code: 'worker_crashed' },
  { behaviour: 'closes', code: 'worker_timeout' },
  { behaviour: 'ignoresCancel', code: 'worker_timeout' },
  { behaviour: 'silent', abortAfterMs: 20, code: 'cancelled' },
  { behaviour: 'ignoresCancel', abortAfterMs: 20, code: 'cancelled' },
  { behaviour: 'ignoresCancel', closeAfterMs: 20, code: 'cancelled' },
];

for (const { code, ...script } of cases) {
  test(`a job in a worker that ${describeScript(script)} ends with ${code}`, async ({ page }) => {
    const outcome = await page.evaluate(runJob, script);
    expect(outcome.code).toBe(code);
  });
}

test('a job in a healthy worker gives its value, and progress arrives', async ({ page }) => {
  const outcome = await page.evaluate(runJob, { behaviour: 'answers' });
  expect(outcome).toMatchObject({ value: 'picture', code: null, failed: false });
  expect(outcome.events).toEqual([{ type: 'stage', stage: 'weights', fraction: 1 }]);
});

test('a cancelled worker that obeys is kept, one that does not is given up', async ({ page }) => {
  const obeys = await page.evaluate(runJob, { behaviour: 'silent', abortAfterMs: 20 });
  const ignores = await page.evaluate(runJob, { behaviour: 'ignoresCancel', abortAfterMs: 20 });
  expect([obeys.failed, ignores.failed]).toEqual([false, true]);
});

test('a worker whose script is missing is an error, not a wait', async ({ page }) => {
  const outcome = await page.evaluate(runJob, { behaviour: 'missing' });
  expect(outcome.code).toBe('worker_crashed');
});

test('a lost engine is replaced: the next job succeeds', async ({ page }) => {
  const results = await page.evaluate(async () => {
    const { Engine } = await import('/src/jobs/engine.ts');
    const { Supervisor } = await import('/src/jobs/supervisor.ts');
    const behaviours = ['throws', 'answers'];
    const supervisor = new Supervisor(
      () => {
        const url = `/tests/browser/workers/standIn.worker.ts?behaviour=${behaviours.shift()}`;
        return new Engine(new Worker(url, { type: 'module' }), { watchdogMs: 3000, cancelGraceMs: 300 });
      },
      { device: 'wasm', modelUrl: '', runtimeUrl: '', verboseRuntime: false },
    );
    const options = { onProgress: () => {}, signal: new AbortController().signal };
    const attempt = () => supervisor.generate({} as never, options).then(String, (error) => error.code);
    return [await attempt(), await attempt()];
  });
  expect(results).toEqual(['worker_crashed', 'picture']);
});

function describeScript({ behaviour, abortAfterMs, closeAfterMs }: Script): string {
  if (abortAfterMs !== undefined) return `${behaviour}, cancelled`;
  return closeAfterMs === undefined ? behaviour : `${behaviour}, closed`;
}

/** Runs in the page. */
async function runJob(script: Script) {
  const { Engine } = await import('/src/jobs/engine.ts');
  const name = script.behaviour === 'missing' ? 'missing' : 'standIn';
  const url = `/tests/browser/workers/${name}.worker.ts?behaviour=${script.behaviour}`;
  const engine = new Engine(new Worker(url, { type: 'module' }), { watchdogMs: 3000, cancelGraceMs: 300 });
  const controller = new AbortController();
  const events: unknown[] = [];
  const result = { value: null as unknown, code: null as string | null };
  try {
    await engine.init({ device: 'wasm', modelUrl: '', runtimeUrl: '', verboseRuntime: false }, (e) => events.push(e));
    if (script.abortAfterMs !== undefined) setTimeout(() => controller.abort(), script.abortAfterMs);
    if (script.closeAfterMs !== undefined) setTimeout(() => engine.close(), script.closeAfterMs);
    result.value = await engine.generate({} as never, { onProgress: () => {}, signal: controller.signal });
  } catch (error) {
    result.code = (error as { code: string }).code;
  }
  const outcome = { ...result, events, failed: engine.failed };
  engine.close();
  return outcome;
}
