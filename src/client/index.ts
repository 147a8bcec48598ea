/** What code outside imports, from `client.js` at the root of the served app. */
export { ApiError, type ErrorCode } from '../api/errors';
export { createTessera, type TesseraOptions } from './createTessera';
export { type EmbeddedTessera, type EmbedOptions, embedTessera } from './embed';
export type {
  AnswerImage,
  AnswerPlan,
  Balance,
  Costs,
  GenerateAnswer,
  GenerateProgress,
  GenerateRequest,
  ModelInfo,
  ProgressOptions,
  Rate,
  ReferenceImage,
  RequestOptions,
  TesseraClient,
  Usage,
} from './tessera';
