/** A real worker that behaves as its name in the URL says: how workers fail, on purpose. */
import { expose } from 'comlink';
import type { OnProgress } from '../../../src/pipeline/progress';

type Behaviour = 'answers' | 'refuses' | 'throws' | 'silent' | 'closes' | 'ignoresCancel';

const behaviour = new URL(self.location.href).searchParams.get('behaviour') as Behaviour;
let cancelled = false;

const refusal = { ok: false, error: { code: 'weights_damaged', message: 'Bad bytes.', param: null } };

async function answer(): Promise<unknown> {
  switch (behaviour) {
    case 'answers':
      return { ok: true, value: 'picture' };
    case 'refuses':
      return refusal;
    case 'closes':
      self.close();
      return new Promise(() => {});
    case 'throws':
      setTimeout(() => {
        throw new Error('thrown outside of any call');
      });
      return new Promise(() => {});
    case 'silent':
      return until(() => cancelled, { ok: false, error: { code: 'cancelled', message: 'Stopped.', param: null } });
    case 'ignoresCancel':
      return new Promise(() => {});
  }
}

async function until<T>(condition: () => boolean, value: T): Promise<T> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  return value;
}

expose({
  hello: async () => ({ ok: true, value: true }),
  init: async (_: unknown, onProgress: OnProgress) => {
    onProgress({ type: 'stage', stage: 'weights', fraction: 1 });
    return { ok: true, value: { device: 'wasm' } };
  },
  generate: answer,
  cancel: () => {
    cancelled = true;
  },
});
