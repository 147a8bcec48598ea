/** Pocket: the embedded model, trained by this project. See public/models/pocket/MODEL_CARD.md. */
import { ASPECT_RATIOS } from '../api/sizes';
import type { ModelEntry } from './types';

export const pocket: ModelEntry = {
  id: 'pocket',
  name: 'Pocket',
  family: 'pocket',
  folder: 'pocket',
  licence: 'Apache-2.0',
  aspectRatios: ASPECT_RATIOS,
  resolutions: ['1K'],
  maxReferences: 0,
  steps: { default: 4, min: 1, max: 8 },
  grid: { latentDownscale: 8, gridMultiple: 2 },
  upscalePasses: { '1K': 3 },
  unitPriceUsd: '0.00',
};
