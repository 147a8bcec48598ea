/** What the owner of the page decides, in `<meta>` elements of index.html and embed.html. */
import type { PolicyHook } from '../api/deps';
import { ApiError } from '../api/errors';
import { wordListPolicy } from '../api/policy';

const DECIMAL = /^\d{1,9}(\.\d{1,6})?$/;

export interface Deployment {
  /** `<meta name="tessera-budget" content="5.00">`: most that pictures may cost in all, in USD. */
  readonly budget: { readonly limitUsd?: string };
  /** `<meta name="tessera-hosted" content="https://api.getimg.ai">`: where prompts may go; null: none leaves the machine. */
  readonly hostedOrigin: string | null;
  /** `<meta name="tessera-keys" content="known">`: only keys made in the studio may enter; by default any. */
  readonly keys: 'any' | 'known';
  /** `<meta name="tessera-mirror" content="https://kiosk.example/">`: where models are fetched from, below host and path of their own address. */
  readonly mirrorUrl: string | null;
  /** `<meta name="tessera-refused-words" content="one, two">`: prompts with one of these words are refused, 422. */
  readonly policy: PolicyHook | null;
}

/** @throws ApiError `invalid_parameter` naming the element: a setting that is not understood must not count as none */
export function readDeployment(page: Document): Deployment {
  const limitUsd = contentOf(page, 'budget');
  if (limitUsd !== null && !DECIMAL.test(limitUsd)) throw wrong('budget', 'an amount such as 5.00');
  const hosted = contentOf(page, 'hosted');
  if (hosted !== null && !URL.canParse(hosted)) throw wrong('hosted', 'an address such as https://api.getimg.ai');
  const keys = contentOf(page, 'keys') ?? 'any';
  if (keys !== 'any' && keys !== 'known') throw wrong('keys', 'any or known');
  const mirror = contentOf(page, 'mirror');
  if (mirror !== null && !isWebAddress(mirror)) throw wrong('mirror', 'an address such as https://kiosk.example/');
  const words = (contentOf(page, 'refused-words') ?? '').split(',').map((word) => word.trim());
  const refused = words.filter((word) => word !== '');
  return {
    budget: limitUsd === null ? {} : { limitUsd },
    hostedOrigin: hosted === null ? null : new URL(hosted).origin,
    keys,
    mirrorUrl: mirror,
    policy: refused.length > 0 ? wordListPolicy(refused) : null,
  };
}

/** Without https a browser fetches from the page's own host and from this machine only: the policy of the page says so. */
function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function contentOf(page: Document, name: string): string | null {
  return page.querySelector(`meta[name="tessera-${name}"]`)?.getAttribute('content')?.trim() ?? null;
}

function wrong(name: string, expected: string): ApiError {
  return new ApiError('invalid_parameter', `<meta name="tessera-${name}"> must have ${expected}.`, `tessera-${name}`);
}
