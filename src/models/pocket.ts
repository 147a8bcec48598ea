/** Pocket: the embedded model, trained by this project. See public/models/pocket/MODEL_CARD.md. */
import { ASPECT_RATIOS } from '../api/sizes';
import { LICENCES } from './published';
import type { ModelEntry } from './types';

export const pocket: ModelEntry = {
  id: 'pocket',
  name: 'Pocket',
  createdAt: '2026-11-22T00:00:00.000Z',
  weights: { type: 'embedded', folder: 'pocket' },
  licence: LICENCES.apache,
  needs: { gpuMemoryBytes: 200_000_000, shaderF16: false, largestBufferBytes: 64_000_000 },
  defaults: { guidance: null, strength: null },
  images: 'references',
  aspectRatios: ASPECT_RATIOS,
  resolutions: ['1K', '2K', '4K'],
  maxReferences: 10,
  extensions: [],
  steps: { default: 4, min: 1, max: 8 },
  grid: { latentDownscale: 8, gridMultiple: 2 },
  // It was trained on about 256 cells and draws best there: whatever the size, it starts from them.
  routes: {
    '1K': { refinePasses: 0, upscalePasses: 3 },
    '2K': { refinePasses: 0, upscalePasses: 4 },
    '4K': { refinePasses: 0, upscalePasses: 5 },
  },
  rank: 10,
  rates: [{ resolution: null, unitPrice: '0.00' }],
};
