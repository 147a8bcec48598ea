/** An outcome as the hosted API's answer. */
import type { CallHooks } from './deps';
import { json } from './envelope';
import type { HostedOutcome, KeptPicture, LocalOutcome, Outcome } from './generation';

/** Turns the path of a picture into a URL that loads where the answer is read. */
export type LinkTo = Required<CallHooks>['linkTo'];

export function answerBody(outcome: Outcome, linkTo: LinkTo): unknown {
  return outcome.kind === 'hosted' ? outcome.answer.body : localAnswer(outcome, linkTo);
}

/** The contract's fields first, then what really happened. */
export function localAnswer(outcome: LocalOutcome, linkTo: LinkTo) {
  return {
    id: outcome.id,
    status: 'completed',
    model: outcome.model,
    data: outcome.pictures.map((picture) => dataOf(picture, linkTo)),
    usage: outcome.usage,
    seed: outcome.seed,
    steps: outcome.steps,
    served_by: outcome.servedBy,
    money_not_spent: outcome.moneyNotSpent,
    ...outcome.report,
  };
}

function dataOf(picture: KeptPicture, linkTo: LinkTo) {
  return {
    url: linkTo(picture),
    width: picture.widthPx,
    height: picture.heightPx,
    mime_type: picture.blob.type,
    deletes_at: picture.deletesAt.toISOString(),
  };
}

/** The hosted service's own answer: its status and the headers worth passing on. */
export function hostedResponse({ answer }: HostedOutcome): Response {
  return json(answer.body, { status: answer.status, headers: answer.headers });
}
