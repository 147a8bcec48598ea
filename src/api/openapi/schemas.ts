/** What answers look like, for the reference. Tests hold real answers to these. */
import * as v from 'valibot';
import { ASPECT_RATIOS, RESOLUTIONS } from '../sizes';

const timestamp = v.pipe(v.string(), v.isoTimestamp());
const decimal = v.pipe(v.string(), v.regex(/^-?\d+(\.\d+)?$/));

const Usage = v.object({
  billable_unit: v.literal('image'),
  quantity: v.number(),
  unit_price: v.number(),
  total_cost: v.number(),
});

const Picture = v.object({
  url: v.pipe(v.string(), v.description('Signed. Loads until `deletes_at`.')),
  width: v.optional(v.nullable(v.number())),
  height: v.optional(v.nullable(v.number())),
  mime_type: v.picklist(['image/png', 'image/jpeg', 'image/webp']),
  deletes_at: timestamp,
});

export const Answer = v.object({
  id: v.string(),
  status: v.literal('completed'),
  model: v.pipe(v.string(), v.description('The id that was asked for.')),
  data: v.array(Picture),
  usage: Usage,
  seed: v.optional(v.number()),
  steps: v.optional(v.number()),
  served_by: v.optional(v.pipe(v.string(), v.description('The model that really drew.'))),
  money_not_spent: v.optional(v.pipe(decimal, v.description('In USD, against the hosted price.'))),
});

const Rate = v.object({
  billable_unit: v.literal('image'),
  resolution: v.nullable(v.picklist(RESOLUTIONS)),
  sound: v.literal('not_applicable'),
  unit_price: decimal,
});

export const Model = v.object({
  id: v.string(),
  name: v.string(),
  type: v.literal('image'),
  created_at: timestamp,
  supported_aspect_ratios: v.array(v.picklist(ASPECT_RATIOS)),
  supported_resolutions: v.array(v.picklist(RESOLUTIONS)),
  supported_durations: v.array(v.number()),
  supported_references: v.object({ reference_image: v.optional(v.number()) }),
  supports_sound: v.boolean(),
  pricing: v.object({ currency: v.literal('USD'), rates: v.array(Rate) }),
  installed: v.optional(v.pipe(v.boolean(), v.description('Whether its weights are on this machine.'))),
  size_bytes: v.optional(v.nullable(v.number())),
  licence: v.optional(v.pipe(v.string(), v.description('As SPDX names it, or its own name.'))),
});

export const Balance = v.object({ balance: decimal, currency: v.literal('USD') });

export const Costs = v.object({
  currency: v.literal('USD'),
  data: v.array(v.object({ date: v.pipe(v.string(), v.isoDate()), cost: v.number() })),
  start: timestamp,
  end: timestamp,
  total_cost: v.number(),
});

export const ErrorEnvelope = v.object({
  error: v.object({
    message: v.string(),
    type: v.literal('invalid_request_error'),
    param: v.nullable(v.string()),
    code: v.string(),
    doc_url: v.optional(v.string()),
  }),
});

export const OpenAiAnswer = v.object({
  created: v.number(),
  data: v.array(v.object({ b64_json: v.optional(v.string()), url: v.optional(v.string()) })),
});

export const OpenAiModels = v.object({
  object: v.literal('list'),
  data: v.array(
    v.object({ id: v.string(), object: v.literal('model'), created: v.number(), owned_by: v.literal('tessera') }),
  ),
});
