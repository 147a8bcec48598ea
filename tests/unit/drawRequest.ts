/** What is asked of the engine where a test does not say otherwise. */
import type { DrawRequest } from '../../src/api/deps';

export function drawRequest(asked: Pick<DrawRequest, 'model'> & Partial<DrawRequest>): DrawRequest {
  return {
    prompt: 'a red apple',
    negativePrompt: null,
    images: [],
    mask: null,
    seed: 1,
    steps: 4,
    guidance: null,
    strength: null,
    aspectRatio: '1:1',
    resolution: '1K',
    outputFormat: 'png',
    quality: 92,
    metadata: false,
    previews: false,
    ...asked,
  };
}
