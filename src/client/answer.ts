/** A finished picture as the hosted API would report it, with what really happened beside. */
import type { ModelEntry } from '../models/types';
import type { GenerateJob, Picture } from '../pipeline/job';
import { describePlan } from './plan';
import type { GenerateAnswer } from './tessera';

/** The hosted API's links are short-lived; a page's own last as long as the page, which is rarely longer than this. */
const URL_LIFETIME_MS = 24 * 60 * 60 * 1000;

export function answerFor(
  requestedModel: string,
  servedBy: ModelEntry,
  result: { readonly job: GenerateJob; readonly picture: Picture },
): GenerateAnswer {
  const { job, picture } = result;
  const unitPrice = Number(servedBy.unitPriceUsd);
  return {
    id: `req-${crypto.randomUUID().replaceAll('-', '').toUpperCase()}`,
    status: 'completed',
    model: requestedModel,
    data: [
      {
        url: URL.createObjectURL(picture.blob),
        width: picture.widthPx,
        height: picture.heightPx,
        mime_type: picture.blob.type,
        deletes_at: new Date(Date.now() + URL_LIFETIME_MS).toISOString(),
      },
    ],
    usage: { billable_unit: 'image', quantity: 1, unit_price: unitPrice, total_cost: unitPrice },
    seed: job.seed,
    steps: job.steps,
    served_by: servedBy.id,
    plan: describePlan(picture.plan),
    device: picture.device,
    timings_ms: picture.timingsMs,
    session_runs_ms: picture.sessionRunsMs,
  };
}
