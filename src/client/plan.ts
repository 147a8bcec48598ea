/** Plans as callers see them. */
import { nativeSizePx, type TiledPlan } from '../diffusion/plan';
import type { AnswerPlan } from './tessera';

export function describePlan(plan: TiledPlan): AnswerPlan {
  const native = nativeSizePx({ ...plan, refinePasses: 0 });
  return {
    native_width: native.widthPx,
    native_height: native.heightPx,
    refine_passes: plan.refinePasses,
    upscale_passes: plan.upscalePasses,
    tiles: plan.columns * plan.rows,
    tile_size: plan.tilePx,
    tile_overlap: plan.overlapPx,
  };
}
