/** A finished picture as the hosted API would report it, with what really happened beside. */
import type { DrawnPicture, DrawRequest } from '../api/deps';
import type { GenerateAnswer } from './tessera';

/** The hosted API's links are short-lived; a page's own last as long as the page, which is rarely longer than this. */
const URL_LIFETIME_MS = 24 * 60 * 60 * 1000;

export function answerFor(requestedModel: string, job: DrawRequest, picture: DrawnPicture): GenerateAnswer {
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
    usage: { billable_unit: 'image', quantity: 1, unit_price: 0, total_cost: 0 },
    seed: job.seed,
    steps: job.steps,
    served_by: job.model.id,
    ...(picture.report as Pick<GenerateAnswer, 'plan' | 'device' | 'timings_ms' | 'session_runs_ms'>),
  };
}
