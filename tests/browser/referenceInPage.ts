/** Reference pictures in a real page. Functions marked so are sent to the page whole. */

/** Corners of the picture: top left, top right, bottom left, bottom right; R, G, B or W. */
export interface Seen {
  /** null: it was read. */
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly corners: string;
  /** Near the top left corner. */
  readonly rgba: readonly number[];
  /** Bitmaps that the browser made, and those that were closed again. */
  readonly bitmaps: readonly [made: number, closed: number];
}

export interface Drawing {
  readonly type: string;
  readonly colorSpace?: PredefinedColorSpace;
  /** CSS colours of the corners. */
  readonly colours?: readonly string[];
  readonly widthPx?: number;
  readonly heightPx?: number;
}

/** Runs in the page. Four quarters in four colours, as a base64 file of the browser's own encoder. */
export async function encodeInPage(drawing: Drawing): Promise<string> {
  const {
    type,
    colorSpace = 'srgb',
    colours = ['#f00', '#0f0', '#00f', '#fff'],
    widthPx = 64,
    heightPx = 32,
  } = drawing;
  const canvas = new OffscreenCanvas(widthPx, heightPx);
  const context = canvas.getContext('2d', { colorSpace });
  if (!context) throw new Error('no canvas');
  colours.forEach((colour, index) => {
    context.fillStyle = colour;
    const [left, top] = [(index % 2) * (widthPx / 2), Math.floor(index / 2) * (heightPx / 2)];
    context.fillRect(left, top, widthPx / 2, heightPx / 2);
  });
  // WebP is lossless at 1.
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type, quality: 1 })).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

export interface ReadCall {
  /** URLs, or base64 of files to upload. */
  readonly sources: readonly string[];
  readonly isUpload?: boolean;
  readonly maxSidePx?: number;
}

/** Runs in the page. */
export async function readInPage({ sources, isUpload, maxSidePx = 2048 }: ReadCall): Promise<Seen[]> {
  const { createReferenceReader } = await import('/src/images/reference.ts');
  const { createImageBitmap: make } = globalThis;
  const { close } = ImageBitmap.prototype;
  let [made, closed] = [0, 0];
  globalThis.createImageBitmap = (image: ImageBitmapSource, ...rest: readonly unknown[]) => {
    made += 1;
    return make(image, rest[0] as ImageBitmapOptions);
  };
  ImageBitmap.prototype.close = function () {
    closed += 1;
    close.call(this);
  };
  const reader = createReferenceReader({ maxSidePx });
  const seen: Seen[] = [];
  for (const source of sources) {
    [made, closed] = [0, 0];
    seen.push({ ...(await see(source)), bitmaps: [made, closed] });
  }
  globalThis.createImageBitmap = make;
  ImageBitmap.prototype.close = close;
  return seen;

  async function see(source: string): Promise<Omit<Seen, 'bitmaps'>> {
    const nothing = { code: null, message: '', param: null, widthPx: 0, heightPx: 0, corners: '', rgba: [] };
    const file = isUpload ? new Blob([Uint8Array.from(atob(source), (letter) => letter.charCodeAt(0))]) : source;
    try {
      const options = { param: 'images.0.url', signal: new AbortController().signal };
      const { widthPx, heightPx, rgba } = await reader.read(file, options);
      const colourAt = (x: number, y: number) => Array.from(rgba.subarray(4 * (y * widthPx + x)).subarray(0, 4));
      const [right, bottom] = [widthPx - 3, heightPx - 3];
      const corners = [colourAt(2, 2), colourAt(right, 2), colourAt(2, bottom), colourAt(right, bottom)].map(letterOf);
      return { ...nothing, widthPx, heightPx, corners: corners.join(''), rgba: colourAt(2, 2) };
    } catch (error) {
      const { code = 'untyped', message, param } = error as { code?: string; message: string; param: string | null };
      return { ...nothing, code, message, param };
    }
  }

  function letterOf([red = 0, green = 0, blue = 0]: readonly number[]): string {
    if (Math.min(red, green, blue) > 200) return 'W';
    return red > 200 ? 'R' : green > 200 ? 'G' : blue > 200 ? 'B' : '?';
  }
}
