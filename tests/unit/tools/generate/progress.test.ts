import { describe, expect, test } from 'vitest';
import type { ProgressEvent } from '../../../../src/pipeline/progress';
import { progressLines } from '../../../../tools/generate/progress.mjs';

function linesFor(events: readonly ProgressEvent[]): (string | null)[] {
  return events.map(progressLines());
}

describe('progress in a terminal', () => {
  test('says each stage, step and notice', () => {
    const events: ProgressEvent[] = [
      { type: 'notice', code: 'no_webgpu', message: 'No WebGPU here.' },
      { type: 'weights', loadedBytes: 5, totalBytes: 10, source: 'network' },
      { type: 'stage', stage: 'text', fraction: 1 },
      { type: 'step', step: 2, steps: 4, preview: null },
    ];
    expect(linesFor(events)).toEqual(['No WebGPU here.', 'weights 50% (network)', 'text 100%', 'denoise step 2/4']);
  });

  test('stays silent until a tenth is done', () => {
    const events = [0, 0.01, 0.099, 0.1, 0.19].map(
      (fraction) => ({ type: 'stage', stage: 'upscale', fraction }) as const,
    );
    expect(linesFor(events)).toEqual(['upscale 0%', null, null, 'upscale 10%', null]);
  });
});
