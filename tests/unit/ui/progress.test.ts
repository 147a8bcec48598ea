import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOutput, planTiles } from '../../../src/diffusion/plan';
import { type ProgressEvent, STAGES } from '../../../src/pipeline/progress';
import { advance, DRAW_STAGES, isMilestone, LOAD_STAGES, type Progress, startProgress } from '../../../src/ui/progress';

const PLAN = planTiles(
  planOutput(
    { widthPx: 1024, heightPx: 1024 },
    { latentDownscale: 8, gridMultiple: 2 },
    { refinePasses: 0, upscalePasses: 3 },
  ),
  { largestTilePx: 512, overlapCells: 0 },
);
const ALL = [...LOAD_STAGES, ...DRAW_STAGES];

const run = (start: Progress, events: readonly ProgressEvent[]) => events.reduce(advance, start);
const stage = (name: (typeof STAGES)[number], fraction: number): ProgressEvent => ({
  type: 'stage',
  stage: name,
  fraction,
});

const anyEvent: fc.Arbitrary<ProgressEvent> = fc.oneof(
  fc.record({
    type: fc.constant('stage' as const),
    stage: fc.constantFrom(...STAGES),
    fraction: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({
    type: fc.constant('weights' as const),
    loadedBytes: fc.nat(1000),
    totalBytes: fc.constant(1000),
    source: fc.constantFrom('network' as const, 'cache' as const, 'repair' as const),
  }),
  fc.record({
    type: fc.constant('step' as const),
    step: fc.integer({ min: 1, max: 8 }),
    steps: fc.constant(8),
    preview: fc.constant(null),
  }),
);

describe('the bar', () => {
  it('only moves forward and stays within 0 and 1, whatever arrives in whatever order', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), fc.constantFrom(ALL, DRAW_STAGES, LOAD_STAGES), (events, stages) => {
        let progress = startProgress(stages);
        for (const event of events) {
          const next = advance(progress, event);
          expect(next.fraction).toBeGreaterThanOrEqual(progress.fraction);
          expect(next.fraction).toBeLessThanOrEqual(1 + 1e-9);
          progress = next;
        }
      }),
    );
  });

  it('is full when the last stage is done', () => {
    expect(run(startProgress(DRAW_STAGES), [stage('encode', 1)]).fraction).toBeCloseTo(1);
    expect(run(startProgress(LOAD_STAGES), [stage('sessions', 1)]).fraction).toBeCloseTo(1);
  });

  it('moves evenly in time once a picture was measured', () => {
    const measured = { text: 100, denoise: 300, decode: 100, upscale: 400, encode: 100 };
    const start = startProgress(DRAW_STAGES, measured);
    expect(run(start, [stage('denoise', 1)]).fraction).toBeCloseTo(0.4);
    expect(run(start, [{ type: 'step', step: 1, steps: 3, preview: null }]).fraction).toBeCloseTo(0.2);
  });

  it('waits while a restarted worker loads again in the middle of a picture', () => {
    const half = run(startProgress(DRAW_STAGES), [stage('upscale', 0)]);
    expect(run(half, [stage('weights', 0.5)])).toMatchObject({ fraction: half.fraction, line: 'Loading the model' });
  });
});

describe('the line', () => {
  it('tells bytes and where they come from', () => {
    const bytes = { type: 'weights', loadedBytes: 3_240_000, totalBytes: 20_100_000 } as const;
    const line = (source: 'network' | 'cache' | 'repair') =>
      advance(startProgress(LOAD_STAGES), { ...bytes, source }).line;
    expect(line('network')).toBe('Loading the model, 3.2 of 20.1 MB');
    expect(line('cache')).toBe('Opening the stored model, 3.2 of 20.1 MB');
    expect(line('repair')).toBe('Repairing the stored model, 3.2 of 20.1 MB');
  });

  it('keeps the step while the stage goes on', () => {
    const step = { type: 'step', step: 2, steps: 4, preview: null } as const;
    const progress = run(startProgress(DRAW_STAGES), [stage('denoise', 0), step]);
    expect(advance(progress, stage('denoise', 1)).line).toBe('Drawing, step 2 of 4');
    expect(advance(progress, stage('decode', 0)).line).not.toContain('step');
  });

  it('is not touched by a notice', () => {
    const progress = startProgress(DRAW_STAGES);
    expect(advance(progress, { type: 'notice', code: 'no_webgpu', message: '' })).toBe(progress);
  });

  it('counts tiles, and says when a job starts over in smaller ones', () => {
    const plan = (columns: number): ProgressEvent => ({
      type: 'plan',
      plan: { ...PLAN, columns, tilePx: 1024 / columns },
    });
    const tile: ProgressEvent = {
      type: 'tile',
      left: 0,
      top: 0,
      scale: 1,
      preview: { widthPx: 1, heightPx: 1, rgba: new Uint8ClampedArray(4) },
      whole: { widthPx: 2, heightPx: 1 },
    };
    const begun = run(startProgress(DRAW_STAGES), [plan(2), stage('upscale', 0), tile]);
    expect(begun.line).toBe('Refining to full size, tile 1 of 4');
    const again = run(begun, [plan(4), stage('text', 0), stage('denoise', 0)]);
    expect(again.line).toBe('Memory was short: starting over in smaller tiles');
    expect(run(again, [{ type: 'step', step: 1, steps: 4, preview: null }]).line).toBe('Drawing, step 1 of 4');
    expect(run(begun, [plan(2)]).line).toBe('Starting over');
    expect(run(begun, [plan(4), stage('upscale', 0), tile]).line).toBe('Refining to full size, tile 1 of 8');
  });

  it('is worth hearing once a stage, step, and quarter of the tiles', () => {
    const tile = (done: number) => ({ ...startProgress(DRAW_STAGES), tiles: { done, total: 64, sizePx: 512 } });
    const event = { type: 'tile' } as ProgressEvent;
    expect([15, 16, 17, 32].map((done) => isMilestone(event, tile(done)))).toEqual([false, true, false, true]);
    expect(isMilestone(stage('decode', 0), tile(0))).toBe(true);
    expect(isMilestone(stage('decode', 0.5), tile(0))).toBe(false);
  });
});
