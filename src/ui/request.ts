/** What the form asks for, as the API takes it. */
import type { GenerateRequest } from '../client/tessera';
import type { Store } from './store';

export function requestFor(store: Store): GenerateRequest {
  const model = store.model.value;
  // What was looked at is what is drawn.
  const seed = store.seedIsFixed.value ? store.seed.value : (store.draft.value?.seed ?? null);
  return {
    model: model.id,
    prompt: store.prompt.value,
    aspect_ratio: store.ratio.value,
    resolution: store.resolution.value,
    metadata: store.writesSettings.value,
    output_format: store.outputFormat.value,
    steps: store.steps.value,
    ...(seed === null ? {} : { seed }),
    ...extrasFor(store),
  };
}

/** What the model takes beside words. */
function extrasFor({ model, inputs, mask, strength, guidance, negativePrompt }: Store): Partial<GenerateRequest> {
  const { extensions, images } = model.value;
  const pictures = images === 'none' ? [] : inputs.value;
  const avoided = negativePrompt.value.trim();
  return {
    ...(pictures.length > 0 && { images: pictures.map(({ url }) => ({ url })) }),
    ...(pictures.length > 0 && extensions.includes('mask') && mask.value && { mask: mask.value.url }),
    ...(pictures.length > 0 &&
      extensions.includes('strength') &&
      strength.value !== null && { strength: strength.value }),
    ...(extensions.includes('guidance') && guidance.value !== null && { guidance: guidance.value }),
    ...(extensions.includes('negative_prompt') && avoided !== '' && { negative_prompt: avoided }),
  };
}
