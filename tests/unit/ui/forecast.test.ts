import { describe, expect, it } from 'vitest';
import type { Forecast } from '../../../src/client/tessera';
import { forecastLine, planWords } from '../../../src/ui/forecast';

const plan = {
  native_width: 192,
  native_height: 112,
  refine_passes: 0,
  upscale_passes: 4,
  tiles: 24,
  tile_size: 512,
  tile_overlap: 0,
};
const forecast: Forecast = { width: 2848, height: 1600, plan, expected_ms: null };

describe('the forecast', () => {
  it('names size, doublings and tiles', () => {
    expect(forecastLine(forecast)).toBe('2848 × 1600 px: drawn at 192 × 112, doubled 4 times, 24 tiles');
  });

  it.each([
    [300, 'under a second'],
    [3600, 'about 4 s'],
    [99_000, 'about 99 s'],
    [200_000, 'about 3 min'],
  ])('says of %d ms: %s', (expected_ms, words) => {
    expect(forecastLine({ ...forecast, expected_ms }).endsWith(`, ${words}`)).toBe(true);
  });

  it('counts doublings of both kinds, and says when there is one piece or none', () => {
    expect(planWords({ ...plan, refine_passes: 1, upscale_passes: 0, tiles: 1 })).toBe(
      'drawn at 192 × 112, doubled once, in one piece',
    );
    expect(planWords({ ...plan, upscale_passes: 0 })).toBe('drawn at 192 × 112, 24 tiles');
  });
});
