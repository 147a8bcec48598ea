/** What the settings lead to, in words. */
import type { AnswerPlan, Forecast } from '../client/tessera';

/**
 * @example forecastLine(forecast)
 * // '2848 × 1600 px: drawn at 192 × 112, doubled 4 times, 12 tiles, about 4 s'
 */
export function forecastLine({ width, height, plan, expected_ms }: Forecast): string {
  const time = expected_ms === null ? [] : [aboutTime(expected_ms)];
  return `${width} × ${height} px: ${[planWords(plan), ...time].join(', ')}`;
}

/** @example planWords(answer.plan) // 'drawn at 128 × 128, doubled 5 times, 64 tiles' */
export function planWords({ native_width, native_height, refine_passes, upscale_passes, tiles }: AnswerPlan): string {
  const native = `drawn at ${native_width} × ${native_height}`;
  const doublings = refine_passes + upscale_passes;
  const doubled = doublings === 0 ? [] : [`doubled ${doublings === 1 ? 'once' : `${doublings} times`}`];
  return [native, ...doubled, tiles === 1 ? 'in one piece' : `${tiles} tiles`].join(', ');
}

function aboutTime(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 1) return 'under a second';
  return seconds < 100 ? `about ${Math.round(seconds)} s` : `about ${Math.round(seconds / 60)} min`;
}
