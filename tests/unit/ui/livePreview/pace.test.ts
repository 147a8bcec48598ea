import { describe, expect, it } from 'vitest';
import { pocket } from '../../../../src/models/pocket';
import { lookMs, paceOf, paceWords } from '../../../../src/ui/livePreview/pace';
import { parseSettings } from '../../../../src/ui/settings';
import { createStore, type StudioPicture } from '../../../../src/ui/store';

function paceAfter(denoiseMs: number, change: { readonly wants?: boolean; readonly servedBy?: string } = {}) {
  const store = createStore(parseSettings(''), pocket);
  const timings = { text: 20, denoise: denoiseMs, decode: 30, upscale: 5_000 };
  const answer = { served_by: change.servedBy ?? 'pocket', device: 'wasm', steps: 4, timings_ms: timings };
  store.pictures.value = [{ answer } as StudioPicture];
  store.wantsDrafts.value = change.wants ?? null;
  return paceOf(store);
}

describe('the pace of first looks', () => {
  it('is reckoned from what the last picture took, without what a look leaves out', () => {
    expect(lookMs({ text: 20, denoise: 400, decode: 30, upscale: 5_000, encode: 300 }, 4, 2)).toBe(250);
  });

  it('is two steps on a fast device, one on a slower one, and none by itself on a slow one', () => {
    expect(paceAfter(400)).toMatchObject({ isOn: true, steps: 2, expectedMs: 250 });
    expect(paceAfter(2_000)).toMatchObject({ isOn: true, steps: 1, expectedMs: 550 });
    expect(paceAfter(8_000)).toMatchObject({ isOn: false, steps: 1, expectedMs: 2050 });
  });

  it('is what the user says', () => {
    expect(paceAfter(8_000, { wants: true }).isOn).toBe(true);
    expect(paceAfter(400, { wants: false }).isOn).toBe(false);
  });

  it('is not known before a picture of this model', () => {
    expect(paceAfter(400, { servedBy: 'another' })).toMatchObject({ isOn: false, expectedMs: null });
  });

  it('is told in words', () => {
    expect(paceWords(paceAfter(400))).toContain('draws a first look, in about 0.3 s. It is free');
    expect(paceWords(paceAfter(8_000))).toBe('off, since a first look would take about 2.0 s here.');
    expect(paceWords(paceAfter(400, { wants: false }))).toMatch(/^off\. .* about 0\.3 s\.$/);
    expect(paceWords(paceAfter(400, { servedBy: 'another' }))).toContain('It starts by itself after a picture');
  });
});
