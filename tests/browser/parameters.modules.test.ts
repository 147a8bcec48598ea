/** Parameters inside pictures, as a real browser writes and decodes them. */
import { expect, test } from '@playwright/test';

/** The third has what XML cannot hold and what ends lines in some of its readers. */
const PROMPTS = [
  'a red apple on a blue background',
  '<&]]>"\' 🌵',
  'a\ufffe\uffff\u0001\u0085\u2028b',
  '🌵'.repeat(4096),
  '&'.repeat(4096),
];

/** In XML, of the characters above. */
const FORBIDDEN = ['\ufffe', '\uffff', '\u0001'];

interface Drawing {
  readonly type: string;
  /** webp is lossless at 1. */
  readonly quality: number;
  readonly isOpaque: boolean;
  readonly colorSpace: PredefinedColorSpace;
  readonly widthPx: number;
  readonly heightPx: number;
}

const square: Drawing = {
  type: 'image/png',
  quality: 0.92,
  isOpaque: true,
  colorSpace: 'srgb',
  widthPx: 64,
  heightPx: 64,
};

const DRAWINGS: Readonly<Record<string, Drawing>> = {
  png: square,
  jpeg: { ...square, type: 'image/jpeg' },
  webp: { ...square, type: 'image/webp' },
  'transparent png': { ...square, isOpaque: false },
  'transparent webp': { ...square, type: 'image/webp', isOpaque: false },
  'lossless webp': { ...square, type: 'image/webp', quality: 1 },
  'transparent lossless webp': { ...square, type: 'image/webp', quality: 1, isOpaque: false },
  'png of wide colours': { ...square, colorSpace: 'display-p3' },
  'jpeg of wide colours': { ...square, type: 'image/jpeg', colorSpace: 'display-p3' },
  'webp of wide colours': { ...square, type: 'image/webp', colorSpace: 'display-p3' },
  'webp of uneven sides': { ...square, type: 'image/webp', widthPx: 301, heightPx: 3 },
  'large webp': { ...square, type: 'image/webp', widthPx: 2048, heightPx: 1152 },
};

for (const [name, drawing] of Object.entries(DRAWINGS)) {
  test(`a ${name} keeps its pixels and gives back its parameters`, async ({ page }) => {
    await page.goto('/tests/browser/blank.html');
    const { type, runs } = await page.evaluate(embedInPage, { drawing, prompts: PROMPTS });
    expect(type).toBe(drawing.type);
    const decoded = { widthPx: drawing.widthPx, heightPx: drawing.heightPx, differences: 0, shown: true };
    expect(runs).toEqual(PROMPTS.map((prompt) => ({ ...decoded, type, prompt, sameTwice: true })));
  });
}

for (const type of ['image/jpeg', 'image/webp']) {
  test(`a strict parser of XML reads the packet of an ${type}`, async ({ page }) => {
    await page.goto('/tests/browser/blank.html');
    const packets = await page.evaluate(parsePackets, { type, prompts: PROMPTS });
    const shown = PROMPTS.map((prompt) => FORBIDDEN.reduce((text, each) => text.replaceAll(each, '\ufffd'), prompt));
    expect(packets).toEqual(PROMPTS.map((prompt, index) => ({ problem: null, shown: shown[index], prompt })));
  });
}

/** Runs in the page. */
async function parsePackets({ type, prompts }: { type: string; prompts: readonly string[] }) {
  const { embedParameters } = await import('/src/images/parameters.ts');
  const canvas = new OffscreenCanvas(8, 8);
  canvas.getContext('2d');
  const file = await canvas.convertToBlob({ type });
  const names = { model: 'pocket', aspectRatio: '1:1', resolution: '1K', software: 'Tessera' };
  return Promise.all(
    prompts.map(async (prompt) => {
      const parameters = { prompt, seed: 7, steps: 4, ...names, widthPx: 8, heightPx: 8 };
      const text = await (await embedParameters(file, parameters)).text();
      const xml = text.slice(text.indexOf('<x:xmpmeta'), text.indexOf('<?xpacket end'));
      const parsed = new DOMParser().parseFromString(xml, 'application/xml');
      const textOf = (name: string) => parsed.getElementsByTagName(name)[0]?.textContent ?? '';
      return {
        problem: parsed.querySelector('parsererror')?.textContent ?? null,
        shown: textOf('dc:description'),
        prompt: JSON.parse(textOf('tessera:Parameters') || '{}').prompt,
      };
    }),
  );
}

/** Runs in the page. */
async function embedInPage({ drawing, prompts }: { drawing: Drawing; prompts: readonly string[] }) {
  const { embedParameters, readParameters } = await import('/src/images/parameters.ts');
  const { type, quality, isOpaque, colorSpace, widthPx, heightPx } = drawing;
  const file = await draw().convertToBlob({ type, quality });
  const before = await pixelsOf(file);
  const runs = [];
  for (const prompt of prompts) {
    const names = { model: 'pocket', aspectRatio: '1:1', resolution: '1K', software: 'Tessera' };
    const parameters = { prompt, seed: 7, steps: 4, ...names, widthPx, heightPx };
    const embedded = await embedParameters(file, parameters);
    const after = await pixelsOf(embedded);
    runs.push({
      widthPx: after.width,
      heightPx: after.height,
      differences: after.data.reduce((sum, value, at) => sum + (value === before.data[at] ? 0 : 1), 0),
      shown: await isShown(embedded),
      type: embedded.type,
      prompt: (await readParameters(embedded))?.prompt,
      sameTwice: (await hexOf(embedded)) === (await hexOf(await embedParameters(file, parameters))),
    });
  }
  return { type: file.type, runs };

  function draw(): OffscreenCanvas {
    const canvas = new OffscreenCanvas(widthPx, heightPx);
    const context = canvas.getContext('2d', { alpha: !isOpaque, colorSpace });
    const gradient = context?.createLinearGradient(0, 0, widthPx, heightPx);
    gradient?.addColorStop(0, 'color(display-p3 1 0 0)');
    gradient?.addColorStop(1, isOpaque ? 'rgb(0 80 255)' : 'rgb(0 80 255 / 20%)');
    if (context && gradient) context.fillStyle = gradient;
    context?.fillRect(0, 0, widthPx, heightPx - 1);
    return canvas;
  }

  async function pixelsOf(blob: Blob): Promise<ImageData> {
    const bitmap = await createImageBitmap(blob);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  }

  /** The decoder of `<img>` reads headers of its own. */
  async function isShown(blob: Blob): Promise<boolean> {
    const image = new Image();
    image.src = URL.createObjectURL(blob);
    await image.decode();
    return image.naturalWidth === widthPx && image.naturalHeight === heightPx;
  }

  async function hexOf(blob: Blob): Promise<string> {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}
