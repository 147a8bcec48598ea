/** An outcome as OpenAI's API tells it. */
import type { LinkTo } from '../answer';
import { base64 } from '../base64';
import type { LocalOutcome, Outcome } from '../generation';

export async function openAiAnswer(outcome: Outcome, asBase64: boolean, linkTo: LinkTo): Promise<object> {
  const created = Math.floor(Date.now() / 1000);
  if (outcome.kind === 'hosted') return { created, data: hostedUrls(outcome.answer.body) };
  const data = await Promise.all(
    outcome.pictures.map(async (picture) =>
      asBase64 ? { b64_json: await base64(picture.blob) } : { url: linkTo(picture) },
    ),
  );
  return { created, data, ...facts(outcome) };
}

/** The last events of a stream: one for each picture, as OpenAI's streams have them. */
export async function openAiCompleted(outcome: Outcome, linkTo: LinkTo): Promise<readonly object[]> {
  const created = { created_at: Math.floor(Date.now() / 1000) };
  if (outcome.kind === 'hosted') return hostedUrls(outcome.answer.body).map((link) => ({ ...link, ...created }));
  return Promise.all(
    outcome.pictures.map(async (picture) => ({
      b64_json: await base64(picture.blob),
      url: linkTo(picture),
      ...created,
      ...facts(outcome),
    })),
  );
}

function facts(outcome: LocalOutcome) {
  const [first] = outcome.pictures;
  return {
    background: 'opaque',
    output_format: first?.blob.type.split('/')[1],
    quality: 'auto',
    size: first && `${first.widthPx}x${first.heightPx}`,
    id: outcome.id,
    model: outcome.model,
    served_by: outcome.servedBy,
    seed: outcome.seed,
    billing: outcome.usage,
  };
}

function hostedUrls(body: unknown): { readonly url: string }[] {
  const data = typeof body === 'object' && body !== null && 'data' in body && Array.isArray(body.data) ? body.data : [];
  return data.flatMap((item: unknown) =>
    typeof item === 'object' && item !== null && 'url' in item && typeof item.url === 'string'
      ? [{ url: item.url }]
      : [],
  );
}
