import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SEED, OUTPUT_FORMATS } from '../../../src/api/schema';
import { ASPECT_RATIOS, RESOLUTIONS } from '../../../src/api/sizes';
import { DEVICE_CHOICES, parseSettings, settingsLink, stepsFor, wholeNumber } from '../../../src/ui/settings';

const PAGE = 'http://127.0.0.1:5173/app/?device=wasm#top';

describe('a link', () => {
  it('brings back every setting but the device', () => {
    const settings = fc.record({
      prompt: fc.string({ unit: 'grapheme' }),
      ratio: fc.constantFrom(...ASPECT_RATIOS),
      resolution: fc.constantFrom(...RESOLUTIONS),
      seed: fc.option(fc.integer({ min: 0, max: MAX_SEED })),
      model: fc.option(fc.constantFrom('sd-turbo', 'custom-a b/c&d')),
      steps: fc.option(fc.integer({ min: 1, max: 1000 })),
      outputFormat: fc.constantFrom(...OUTPUT_FORMATS),
    });
    fc.assert(
      fc.property(settings, (given) => {
        const link = new URL(settingsLink(PAGE, given));
        expect(parseSettings(link.search)).toEqual({ ...given, device: 'auto' });
        expect(link.origin + link.pathname).toBe('http://127.0.0.1:5173/app/');
        expect(link.hash).toBe('');
      }),
    );
  });

  it('with anything in it gives valid settings', () => {
    const hostile = fc.dictionary(
      fc.constantFrom('prompt', 'ratio', 'size', 'seed', 'steps', 'format', 'device', 'model'),
      fc.string(),
    );
    fc.assert(
      fc.property(hostile, (given) => {
        const settings = parseSettings(new URLSearchParams(given).toString());
        expect(ASPECT_RATIOS).toContain(settings.ratio);
        expect(RESOLUTIONS).toContain(settings.resolution);
        expect(OUTPUT_FORMATS).toContain(settings.outputFormat);
        expect(DEVICE_CHOICES).toContain(settings.device);
        expect(settings.model).not.toBe('');
        expect(settings.steps ?? 1).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

it('a link to the model of the page does not name it', () => {
  const settings = parseSettings('?model=pocket&steps=4');
  expect(settingsLink(PAGE, settings)).not.toContain('model');
});

it('steps are those asked for where the model takes them, else its own', () => {
  const model = { steps: { default: 4, min: 1, max: 8 } };
  expect([null, 0, 1, 8, 9].map((wanted) => stepsFor(model, wanted))).toEqual([4, 4, 1, 8, 4]);
});

describe('a whole number', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    ['007', 7],
    ['4294967295', MAX_SEED],
  ])('%s counts', (text, value) => {
    expect(wholeNumber(text, { min: 0, max: MAX_SEED })).toBe(value);
  });

  it.each([null, '', ' ', '-1', '1.5', '1e3', '0x10', '4294967296', '٣', 'Infinity', '99999999999'])(
    '%s does not',
    (text) => {
      expect(wholeNumber(text, { min: 0, max: MAX_SEED })).toBeNull();
    },
  );
});
