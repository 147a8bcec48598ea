import type { EventSourceMessage } from 'eventsource-parser';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/api/errors';
import { Answer } from '../../src/api/openapi/schemas';
import { ableDirectory, openStage, post, REQUEST, refusalOf } from './service';

const PATH = '/v2/images/generations';

interface Told {
  readonly event: string;
  readonly body: Record<string, unknown>;
}

async function eventsOf(response: Response): Promise<Told[]> {
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const told: Told[] = [];
  const take = ({ event = '', data }: EventSourceMessage) => told.push({ event, body: JSON.parse(data) });
  const text = response.body?.pipeThrough(new TextDecoderStream());
  const events = text?.pipeThrough(new EventSourceParserStream());
  await events?.pipeTo(new WritableStream({ write: (message) => void take(message) }));
  return told;
}

describe('a stream of the hosted API', () => {
  it('tells places, previews of each step, and the whole answer', async () => {
    const { api } = openStage();
    const response = await api.fetch(post(PATH, { ...REQUEST, stream: true, steps: 3 }));
    expect(response.headers.get('x-ratelimit-remaining')).toBe('599');
    const events = await eventsOf(response);
    expect(events.map(({ event }) => event)).toEqual([
      'image_generation.queued',
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
    expect(events.every(({ event, body }) => body.type === event)).toBe(true);
    expect(events[2]?.body).toMatchObject({ partial_image_index: 1, output_format: 'png', size: '1024x1024', step: 2 });
    expect(atob(String(events[1]?.body.b64_json)).slice(1, 4)).toBe('PNG');
    expect(v.safeParse(Answer, events.at(-1)?.body).issues).toBeUndefined();
  });

  it('is refused with a status while it still can be', async () => {
    const { api } = openStage({ budgetUsd: '0.01' });
    const response = await api.fetch(post(PATH, { model: 'seedream-4-5', prompt: 'x', stream: true }));
    expect(await refusalOf(response)).toMatchObject({ status: 402, code: 'quota_exceeded' });
  });

  it('ends with an error event when the work fails later', async () => {
    const { api } = openStage({ failure: new ApiError('bad_output', 'The picture is blank.') });
    const events = await eventsOf(await api.fetch(post(PATH, { ...REQUEST, stream: true })));
    expect(events.at(-1)).toMatchObject({ event: 'error', body: { error: { code: 'bad_output', param: null } } });
  });

  it('is cancelled by leaving it, and by aborting the request', async () => {
    const { api, drawn, pending, ledger } = openStage({ drawMs: 300 });
    const body = { model: 'seedream-4-5', prompt: 'x', stream: true };
    const left = await api.fetch(post(PATH, body));
    await left.body?.cancel();
    await expect.poll(pending).toBe(0);
    const before = drawn.length;
    const abort = new AbortController();
    const aborted = await api.fetch(post(PATH, body, { signal: abort.signal }));
    const reading = eventsOf(aborted);
    await expect.poll(() => drawn.length).toBe(before + 1);
    abort.abort();
    await expect(reading).rejects.toThrow();
    await expect.poll(pending).toBe(0);
    expect(await ledger.balance()).toBe('10.00');
  });
});

describe("a stream of OpenAI's API", () => {
  it('has the names and the number of previews that were asked for', async () => {
    const { api } = openStage();
    const body = { prompt: 'a red apple', stream: true, partial_images: 2 };
    const events = await eventsOf(await api.fetch(post('/v1/images/generations', body)));
    const previews = events.filter(({ event }) => event === 'image_generation.partial_image');
    expect(previews).toHaveLength(2);
    expect(events.at(-1)?.event).toBe('image_generation.completed');
    expect(events.at(-1)?.body).toMatchObject({ output_format: 'png', size: '1024x1024' });
    expect(atob(String(events.at(-1)?.body.b64_json)).slice(1, 4)).toBe('PNG');
  });

  it('ends with one event for each picture', async () => {
    const { api } = openStage();
    const events = await eventsOf(await api.fetch(post('/v1/images/generations', { prompt: 'x', stream: true, n: 2 })));
    const done = events.filter(({ event }) => event === 'image_generation.completed');
    expect(new Set(done.map(({ body }) => body.url)).size).toBe(2);
  });

  it('of edits has names of edits', async () => {
    const { api } = openStage({ deps: { models: ableDirectory } });
    const images = [{ image_url: 'https://x.test/a.png' }];
    const body = { prompt: 'x', model: 'able', images, stream: true, partial_images: 1 };
    const events = await eventsOf(await api.fetch(post('/v1/images/edits', body)));
    expect(events.map(({ event }) => event)).toEqual([
      'image_edit.queued',
      'image_edit.partial_image',
      'image_edit.completed',
    ]);
  });
});
