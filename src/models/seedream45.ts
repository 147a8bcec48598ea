/** The hosted model's id, so that code written for it runs unchanged. Limits and prices: contracts/hosted-api.md, §5. */
import type { ModelAlias } from './types';

export const seedream45: ModelAlias = {
  id: 'seedream-4-5',
  name: 'In place of Seedream 4.5: the best model installed here',
  createdAt: '2026-11-22T00:00:00.000Z',
  aspectRatios: ['1:1', '2:3', '3:2', '4:3', '3:4', '16:9', '9:16', '21:9'],
  resolutions: ['2K', '4K'],
  maxReferences: 10,
  rates: [
    { resolution: '2K', unitPrice: '0.04' },
    { resolution: '4K', unitPrice: '0.04' },
  ],
};
