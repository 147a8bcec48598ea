/** Who is asked, whose offer counts, and that nobody can make the search hang. */
import { describe, expect, test } from 'vitest';
import { DOOR_VERSION, readQuestion } from '../../../src/transport/serviceWorkerDoor';
import { findEngine, type PageClient, type Pages } from '../../../src/transport/serviceWorkerEngines';

const SCOPE = 'https://example.com/app/';

interface Behaviour {
  readonly url?: string;
  readonly visibilityState?: PageClient['visibilityState'];
  /** Null for a page that never answers. */
  readonly answer: ((reply: MessagePort) => void) | null;
}

/** A page of the browser as the worker sees it; the channels are real. */
class StandInPage implements PageClient {
  readonly url: string;
  readonly visibilityState: PageClient['visibilityState'];
  readonly questions: unknown[] = [];

  constructor(
    readonly id: string,
    private readonly behaviour: Behaviour,
  ) {
    this.url = behaviour.url ?? `${SCOPE}?device=wasm#top`;
    this.visibilityState = behaviour.visibilityState ?? 'hidden';
  }

  postMessage(message: unknown, [reply]: Transferable[]): void {
    this.questions.push(message);
    this.behaviour.answer?.(reply as MessagePort);
  }
}

function pagesOf(...pages: readonly StandInPage[]): Pages {
  return { matchAll: async () => pages, get: async (id) => pages.find((page) => page.id === id) };
}

function offer(pending: number, onOver: () => void = () => {}) {
  return (reply: MessagePort) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => data.kind === 'bye' && onOver();
    reply.postMessage({ version: DOOR_VERSION, pending }, [port2]);
  };
}

const idOf = async (...pages: readonly StandInPage[]) => {
  const { clientId, port } = await findEngine(pagesOf(...pages), SCOPE);
  port.close();
  return clientId;
};

describe('the page that is asked to draw', () => {
  test('is the one with most to do, and the others hear that it is not them', async () => {
    let over = () => {};
    const unchosen = new Promise<void>((resolve) => {
      over = resolve;
    });
    const idle = new StandInPage('idle', { visibilityState: 'visible', answer: offer(0, () => over()) });
    const busy = new StandInPage('busy', { answer: offer(3) });
    expect(await idOf(idle, busy)).toBe('busy');
    await unchosen;
  });

  test('is among idle ones the one that is seen, then the first', async () => {
    const hidden = () => new StandInPage('hidden', { answer: offer(0) });
    const seen = new StandInPage('seen', { visibilityState: 'visible', answer: offer(0) });
    expect(await idOf(hidden(), seen)).toBe('seen');
    expect(await idOf(new StandInPage('first', { answer: offer(0) }), hidden())).toBe('first');
  });

  test('is found beside a page that never answers and one that answers nonsense', async () => {
    const frozen = new StandInPage('frozen', { answer: null });
    const strange = new StandInPage('strange', { answer: (reply) => reply.postMessage({ pending: 'many' }) });
    expect(await idOf(frozen, strange, new StandInPage('sound', { answer: offer(1) }))).toBe('sound');
  });
});

test.each([
  ['there is none', []],
  ['it never answers', [new StandInPage('frozen', { answer: null })]],
  ['it answers nonsense', [new StandInPage('strange', { answer: (reply) => reply.postMessage(null) })]],
  [
    'it offers no port',
    [new StandInPage('empty', { answer: (reply) => reply.postMessage({ version: 1, pending: 0 }) })],
  ],
])('says that no engine can be had when %s', async (_case, pages) => {
  await expect(idOf(...pages)).rejects.toMatchObject({ code: 'engine_unavailable', status: 503, retryAfterS: 5 });
});

test('asks the pages of its own scope that can have an engine, and tells version and scope', async () => {
  const at = (url: string) => new StandInPage(url, { url, answer: offer(0) });
  const own = [at(SCOPE), at(`${SCOPE}index.html?prompt=a`)];
  const others = ['https://example.com/', `${SCOPE}docs`, `${SCOPE}other/`, 'https://example.com/application/'].map(at);
  await idOf(...others, ...own);
  expect(own.map(({ questions }) => questions.map(readQuestion))).toEqual(
    Array(2).fill([{ type: 'tessera:who-draws', version: DOOR_VERSION, scope: SCOPE }]),
  );
  expect(others.flatMap(({ questions }) => questions)).toEqual([]);
});
