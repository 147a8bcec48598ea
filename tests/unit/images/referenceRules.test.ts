/** Which files may become reference pictures: by their bytes alone, before anything is decoded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ExifReader from 'exifreader';
import fc from 'fast-check';
import { imageSize } from 'image-size';
import { describe, expect, it, test } from 'vitest';
import { ApiError } from '../../../src/api/errors';
import { exifOrientation } from '../../../src/images/exif';
import { MOST_JPEG_SCANS, pictureFacts } from '../../../src/images/pictureFacts';
import { checkReference, MAX_REFERENCE_BYTES } from '../../../src/images/pictureRules';
import { ROOT } from '../repository/sources';
import { bytesOf, jpegSegment, pngChunk, webp, webpChunk } from './files';
import {
  claimedJpeg,
  claimedPng,
  claimedWebp,
  exifBlock,
  extendedWebp,
  forkedJpeg,
  greyPng,
  held,
  jpegFrame,
  jpegScan,
  type Sides,
  SQUARE,
} from './pictureFiles';

const isSoak = process.env.TESSERA_SOAK === '1';
const APP0 = jpegSegment(0xe0, bytesOf('JFIF\0', 1, 1, 0, 0, 1, 0, 1, 0, 0));

const MAKERS: Readonly<Record<string, (sides: Sides) => Uint8Array<ArrayBuffer>>> = {
  png: claimedPng,
  jpeg: (sides) => claimedJpeg(sides, APP0),
  webp: claimedWebp,
};

/** The error of a file that is refused. */
function refusal(bytes: Uint8Array): ApiError {
  try {
    checkReference(bytes, 'images.0.url');
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('The file was accepted.');
}

describe.each(Object.entries(MAKERS))('a %s', (kind, make) => {
  it('tells its kind and size', () => {
    expect(checkReference(make({ widthPx: 300, heightPx: 200 }), 'mask')).toMatchObject({
      kind,
      widthPx: 300,
      heightPx: 200,
      orientation: 1,
    });
  });

  it('has the size that a foreign reader sees', () => {
    const side = fc.integer({ min: 1, max: 16_383 });
    const property = fc.property(side, side, (widthPx, heightPx) => {
      const bytes = make({ widthPx, heightPx });
      const { width, height } = imageSize(bytes);
      expect(pictureFacts(bytes)).toMatchObject({ widthPx: width, heightPx: height });
    });
    fc.assert(property);
  });

  test.each([
    ['of no pixels', { widthPx: 0, heightPx: 64 }, '0 x 64'],
    ['too small', { widthPx: 14, heightPx: 64 }, '15 to 16384'],
    ['too narrow', { widthPx: 60, heightPx: 961 }, '16 times'],
    ['too large', { widthPx: 6001, heightPx: 6000 }, '36 million'],
  ])('is refused when it is %s', (_what, sides, words) => {
    const error = refusal(make(sides));
    expect(error).toMatchObject({ code: 'invalid_parameter', param: 'images.0.url' });
    expect(error.message).toContain(words);
  });

  test.each([
    { widthPx: 15, heightPx: 15 },
    { widthPx: 6000, heightPx: 6000 },
    { widthPx: 100, heightPx: 1600 },
    { widthPx: 16_383, heightPx: 1024 },
  ])('may be as large as %o', (sides) => {
    expect(checkReference(make(sides), 'mask')).toMatchObject(sides);
  });

  it('is called cut short wherever it ends early', () => {
    const whole = make(SQUARE);
    for (let length = 16; length < whole.length; length++) {
      expect(['cut', 'damaged']).toContain(pictureFacts(whole.subarray(0, length)));
    }
    expect(refusal(whole.subarray(0, whole.length - 1)).message).toContain('cut short');
  });

  it('may have anything behind its end', () => {
    expect(checkReference(bytesOf(make(SQUARE), 'and more'), 'mask')).toMatchObject(SQUARE);
  });
});

describe('a jpeg', () => {
  it('has the size that libjpeg decodes, also when another reader is shown a small one', () => {
    const [small, large] = [SQUARE, { widthPx: 20_000, heightPx: 20_000 }];
    expect(imageSize(forkedJpeg(small, large))).toMatchObject({ width: 64, height: 64 });
    expect(pictureFacts(forkedJpeg(small, large))).toMatchObject(large);
  });

  it('is refused with two sizes, with none, and without pixels', () => {
    const twice = bytesOf('\xff\xd8', APP0, jpegFrame(SQUARE), jpegFrame(SQUARE), jpegScan, '\xff\xd9');
    expect(pictureFacts(twice)).toBe('damaged');
    expect(pictureFacts(bytesOf('\xff\xd8', APP0, jpegScan, '\xff\xd9'))).toBe('damaged');
    expect(pictureFacts(bytesOf('\xff\xd8', jpegSegment(0xc0, bytesOf(8)), '\xff\xd9'))).toBe('damaged');
    expect(pictureFacts(bytesOf('\xff\xd8', APP0, jpegFrame(SQUARE), '\xff\xd9'))).toBe('damaged');
  });

  it('is refused with so many scans that decoding would take minutes', () => {
    const scans = (count: number) => bytesOf('\xff\xd8', jpegFrame(SQUARE), ...Array(count).fill(jpegScan), '\xff\xd9');
    expect(pictureFacts(scans(MOST_JPEG_SCANS))).toMatchObject(SQUARE);
    expect(refusal(scans(MOST_JPEG_SCANS + 1)).message).toContain('100 scans');
  });

  test.each([0xc0, 0xc1, 0xc2])('may be baseline, extended or progressive (%i)', (marker) => {
    const file = bytesOf('\xff\xd8', '\xff', jpegFrame(SQUARE, marker), jpegScan, '\xff\xd9');
    expect(pictureFacts(file)).toMatchObject(SQUARE);
  });
});

describe('a webp', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('says how it was held: %i', (orientation) => {
    const exif = webpChunk('EXIF', exifBlock(orientation, orientation % 2 ? 'II' : 'MM'));
    const facts = pictureFacts(extendedWebp(SQUARE, exif));
    expect(facts).toMatchObject({ ...SQUARE, orientation, exifNameAt: 30 });
  });

  it('is refused when a part claims to be longer than the file', () => {
    const whole = extendedWebp(SQUARE);
    whole[whole.indexOf(0x38, 30) + 2] = 0xff;
    expect(pictureFacts(whole)).toBe('cut');
  });

  it('is refused without pixels', () => {
    expect(pictureFacts(webp(webpChunk('VP8X', new Uint8Array(10))))).toBe('damaged');
    expect(pictureFacts(webp())).toBe('damaged');
  });
});

describe('a png', () => {
  it('is refused without its header in front, or without pixels', () => {
    const signature = '\x89PNG\r\n\x1a\n';
    expect(pictureFacts(bytesOf(signature, pngChunk('IDAT', bytesOf('x')), pngChunk('IEND', bytesOf())))).toBe(
      'damaged',
    );
    const whole = greyPng(SQUARE);
    expect(pictureFacts(bytesOf(whole.subarray(0, 33), pngChunk('IEND', bytesOf())))).toBe('damaged');
  });
});

test.each([
  ['a GIF', 'GIF89a\x01\0\x01\0'],
  ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
  ['an SVG', '\n<?xml version="1.0"?>\n<!-- a --><!DOCTYPE svg PUBLIC "x" "y">\n<svg width="1"/>'],
  ['a web page', '<!doctype html><title>404</title>'],
  ['a BMP', 'BM\0\0\0\0'],
  ['a TIFF', 'II*\0\x08\0\0\0'],
  ['an AVIF', '\0\0\0\x20ftypavif'],
  ['a HEIC', '\0\0\0\x20ftypheic'],
  ['a PDF', '%PDF-1.7'],
  ['JSON text', '{"error":{}}'],
  ['something else', 'MZ\x90\0'],
])('a file is refused for being %s: %j', (name, text) => {
  expect(refusal(bytesOf(text)).message).toBe(`Reference images are PNG, JPEG or WebP files; this is ${name}.`);
});

test('an empty file and one that is too large are refused', () => {
  expect(refusal(bytesOf()).message).toContain('empty');
  expect(refusal(new Uint8Array(MAX_REFERENCE_BYTES + 1)).message).toContain('10 MiB');
});

test.each([
  ['nothing', bytesOf()],
  ['another order', bytesOf('XX', exifBlock(6).subarray(2))],
  ['a directory beyond the end', bytesOf('MM\0*', 0, 0, 1, 0)],
  ['a cut entry', exifBlock(6).subarray(0, 20)],
  ['a number that is none', exifBlock(9)],
])('an Exif block with %s says upright', (_what, block) => {
  expect(exifOrientation(block)).toBe(1);
});

test.each([
  ['image/png', greyPng(SQUARE)],
  ['image/jpeg', claimedJpeg(SQUARE, APP0)],
  ['image/webp', extendedWebp(SQUARE)],
])('the Exif that tests put into an %s is what a foreign reader finds', (type, picture) => {
  const all = [1, 2, 3, 4, 5, 6, 7, 8];
  const files = all.map((orientation) => held(picture, type, orientation));
  expect(files.map((file) => ExifReader.load(file.buffer).Orientation?.value)).toEqual(all);
});

test('an Exif block may have the prefix of JPEG files', () => {
  expect(exifOrientation(bytesOf('Exif\0\0', exifBlock(6)))).toBe(6);
});

describe('hostile files', () => {
  const seeds = [
    ...Object.values(MAKERS).map((make) => make(SQUARE)),
    greyPng(SQUARE, pngChunk('eXIf', exifBlock(6))),
    extendedWebp(SQUARE, webpChunk('EXIF', exifBlock(6))),
    claimedJpeg(SQUARE, APP0, jpegSegment(0xe1, bytesOf('Exif\0\0', exifBlock(6)))),
    new Uint8Array(readFileSync(join(ROOT, 'docs/apple.webp'))),
  ];
  const numRuns = isSoak ? 200_000 : 4000;

  it('are accepted or refused, and nothing else, whatever bytes are changed, cut or put in', () => {
    const change = fc.record({
      place: fc.double({ min: 0, max: 1, noNaN: true }),
      bytes: fc.uint8Array({ maxLength: 8 }),
    });
    const property = fc.property(
      fc.constantFrom(...seeds),
      fc.array(change, { maxLength: 6 }),
      fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      (seed, changes, share) => {
        const damaged = seed.slice();
        for (const { place, bytes } of changes) {
          // Headers are at the start: most of the damage goes there.
          const at = Math.floor(place ** 3 * (damaged.length - bytes.length));
          damaged.set(bytes, at);
        }
        accepts(damaged.subarray(0, Math.ceil(share * damaged.length)));
      },
    );
    fc.assert(property, { numRuns });
  });

  it('are accepted or refused, and nothing else, whatever follows a good signature', () => {
    const signatures = [
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff',
      'RIFF\x20\0\0\0WEBP',
      'RIFF\x20\0\0\0WEBPVP8X',
      '',
      '<svg',
    ];
    const anyBytes = fc.tuple(fc.constantFrom(...signatures), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(anyBytes, ([start, rest]) => accepts(bytesOf(start, rest))),
      { numRuns },
    );
  });

  test.each([
    ['comments', `<${'<!--a-->'.repeat(100)}`],
    ['white space', ' '.repeat(600)],
    ['tags', '<a'.repeat(300)],
  ])('do not keep us long with %s', (_what, text) => {
    expect(refusal(bytesOf(text)).code).toBe('invalid_parameter');
  });

  function accepts(bytes: Uint8Array): void {
    try {
      const { widthPx, heightPx } = checkReference(bytes, 'images.0.url');
      expect(widthPx * heightPx).toBeLessThanOrEqual(36_000_000);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      expect(error).toMatchObject({ code: 'invalid_parameter', param: 'images.0.url' });
    }
  }
});
