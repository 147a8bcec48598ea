/** The seed: new for every picture, or fixed so that a picture can be made again. */
import { MAX_SEED } from '../api/schema';
import { DiceIcon } from './icons';
import { wholeNumber } from './settings';
import type { Store } from './store';

export function SeedField({ store }: { readonly store: Store }) {
  return (
    <div class="field seed-field">
      <label for="seed">Seed</label>
      <div class="seed-row">
        <SeedInput store={store} />
        <button type="button" class="button icon-button" onClick={() => fixSeed(store, rollSeed())}>
          <DiceIcon />
          <span class="visually-hidden">Roll a seed and keep it</span>
        </button>
        <label class="switch">
          <input
            type="checkbox"
            checked={!store.seedIsFixed.value}
            onChange={(event) => {
              if (event.currentTarget.checked) store.seedIsFixed.value = false;
              else fixSeed(store, store.seed.value ?? rollSeed());
            }}
          />
          <span class="switch-face" aria-hidden="true" />
          New every time
        </label>
      </div>
    </div>
  );
}

function SeedInput({ store }: { readonly store: Store }) {
  const text = String(store.seed.value ?? '');
  return (
    <input
      id="seed"
      class={store.seedIsFixed.value ? '' : 'is-passing'}
      type="text"
      inputMode="numeric"
      autocomplete="off"
      placeholder="random"
      maxLength={10}
      value={text}
      title={`A whole number from 0 to ${MAX_SEED}`}
      onInput={(event) => {
        const seed = wholeNumber(event.currentTarget.value, { min: 0, max: MAX_SEED });
        if (seed !== null) fixSeed(store, seed);
      }}
      onBlur={(event) => {
        // What is no seed was not taken: show the one that counts.
        event.currentTarget.value = text;
      }}
    />
  );
}

function fixSeed(store: Store, seed: number): void {
  store.seed.value = seed;
  store.seedIsFixed.value = true;
}

function rollSeed(): number {
  return Math.floor(Math.random() * (MAX_SEED + 1));
}
