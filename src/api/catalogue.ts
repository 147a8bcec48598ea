/** Models as the hosted API and OpenAI's tell them. */
import type { ModelCard, ModelDirectory } from './deps';
import { ApiError } from './errors';

export function describeModel(card: ModelCard) {
  return {
    id: card.id,
    name: card.name,
    type: 'image',
    created_at: card.createdAt,
    supported_aspect_ratios: card.aspectRatios,
    supported_resolutions: card.resolutions,
    supported_durations: [],
    supported_references: card.maxReferences > 0 ? { reference_image: card.maxReferences } : {},
    supports_sound: false,
    pricing: {
      currency: 'USD',
      rates: card.rates.map(({ resolution, unitPrice }) => ({
        billable_unit: 'image',
        resolution,
        sound: 'not_applicable',
        unit_price: unitPrice,
      })),
    },
    ...(card.local && {
      installed: card.local.isInstalled,
      size_bytes: card.local.sizeBytes,
      licence: card.local.licence,
    }),
  };
}

export function describeForOpenAi(card: ModelCard) {
  const createdS = Math.floor(Date.parse(card.createdAt) / 1000);
  return { id: card.id, object: 'model', created: createdS, owned_by: 'tessera' };
}

/** @throws ApiError `invalid_parameter` naming `type` */
export function listModels(models: ModelDirectory, type: string | undefined): readonly ModelCard[] {
  if (type === 'video') return [];
  if (type === undefined || type === 'image') return models.list();
  throw new ApiError('invalid_parameter', "The parameter 'type' must be image or video.", 'type');
}

/** @throws ApiError `not_found` */
export function findCard(models: ModelDirectory, id: string): ModelCard {
  const card = models.find(id);
  if (card) return card;
  throw new ApiError('not_found', `There is no model '${id}'.`, 'model');
}
