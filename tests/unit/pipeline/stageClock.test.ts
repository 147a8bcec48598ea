import { describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../../src/pipeline/progress';
import { StageClock } from '../../../src/pipeline/stageClock';

describe('StageClock', () => {
  it('reports each stage from 0 to 1 and keeps its time', async () => {
    const events: ProgressEvent[] = [];
    const clock = new StageClock((event) => events.push(event));
    const result = await clock.time('decode', async (report) => {
      report(0.5);
      return 'done';
    });
    expect(result).toBe('done');
    expect(events).toEqual([0, 0.5, 1].map((fraction) => ({ type: 'stage', stage: 'decode', fraction })));
    expect(clock.timingsMs.decode).toBeGreaterThanOrEqual(0);
  });

  it('passes an error on and does not claim that the stage ended', async () => {
    const events: ProgressEvent[] = [];
    const clock = new StageClock((event) => events.push(event));
    await expect(clock.time('decode', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(events).toEqual([{ type: 'stage', stage: 'decode', fraction: 0 }]);
  });
});
