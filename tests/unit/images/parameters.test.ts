import * as ExifReader from 'exifreader';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { embedParameters, type PictureParameters, readParameters } from '../../../src/images/parameters';
import {
  APPLE,
  bytesIn,
  bytesOf,
  CountingBlob,
  jpeg,
  jpegSegment,
  PICTURES,
  png,
  pngChunk,
  webp,
  webpChunk,
} from './files';

const KIB = 1024;
/** The largest carrier, and the headers on the way to it. */
const MOST_READ_BYTES = 400 * KIB;

/** What a format could trip over: markup, its own frames, escapes, characters that XML forbids. */
const HOSTILE_PROMPTS = [
  '<rdf:li> & ]]> <![CDATA[ &amp; &#0; &bogus; "double" \'single\'',
  '</tessera:Parameters><tessera:Parameters>{} tessera:Parameters="',
  '<?xpacket end="r"?> <!-- --> \\u0000 \\" {"prompt":"x"}',
  '\0 \x01 \x1f \x7f \x85 \r \n \t \u2028 \ufeff \ufffe \uffff',
  '👩‍👩‍👧‍👦 🌵 é é العربية 日本語 \u{10ffff}',
  '\ud800',
  '',
];

/** Per code point the longest in each spelling: four bytes, an entity, an escape, an escape of two. */
const LONGEST_CHARACTERS = ['🌵', '&', '<', '"', '\\', '\uffff', '\0', '\ud800'];

const anyText = (maxLength: number) => fc.string({ unit: 'binary', maxLength });
const anyParameters: fc.Arbitrary<PictureParameters> = fc.record({
  prompt: fc.oneof(anyText(300), fc.constantFrom(...HOSTILE_PROMPTS)),
  seed: fc.nat(4294967295),
  steps: fc.integer({ min: 1, max: 10_000 }),
  model: anyText(20),
  aspectRatio: anyText(5),
  resolution: anyText(5),
  widthPx: fc.integer({ min: 1, max: 65535 }),
  heightPx: fc.integer({ min: 1, max: 65535 }),
  software: anyText(20),
});

describe.each(Object.entries(PICTURES))('%s', (_name, file) => {
  it('has no parameters at first', async () => {
    expect(await readParameters(file)).toBeNull();
  });

  it('gives back whatever was embedded', async () => {
    await fc.assert(
      fc.asyncProperty(anyParameters, async (parameters) => {
        expect(await readParameters(await embedParameters(file, parameters))).toEqual(parameters);
      }),
    );
  });

  it('keeps its type and every byte of its pixels', async () => {
    const embedded = await embedParameters(file, APPLE);
    expect(embedded.type).toBe(file.type);
    const pixels = Buffer.from(await bytesIn(file.slice(-Math.min(200, file.size - 50))));
    expect(Buffer.from(await bytesIn(embedded)).includes(pixels)).toBe(true);
  });

  it('has the same bytes for the same parameters, in whatever order they come and whatever comes with them', async () => {
    const once = await embedParameters(file, APPLE);
    const entries = Object.entries({ ...APPLE, madeAt: Date.now() }).reverse();
    const shuffled = Object.fromEntries(entries) as unknown as PictureParameters;
    expect(await haveSameBytes(await embedParameters(file, shuffled), once)).toBe(true);
  });

  it('takes new parameters in place of old ones', async () => {
    const old = await embedParameters(file, { ...APPLE, prompt: 'a much longer prompt than the other one' });
    const twice = await embedParameters(old, APPLE);
    expect(await haveSameBytes(twice, await embedParameters(file, APPLE))).toBe(true);
    expect(await haveSameBytes(twice, old)).toBe(false);
  });

  it('tells a foreign reader the prompt and the program', async () => {
    await fc.assert(
      fc.asyncProperty(anyParameters, async ({ prompt, software, ...rest }) => {
        const embedded = await embedParameters(file, { ...rest, prompt, software });
        const seen = foreignReading(await bytesIn(embedded), file.type);
        expect(seen).toEqual([shownAs(prompt), shownAs(software)]);
      }),
    );
  });

  it.each(LONGEST_CHARACTERS)('has room for the longest prompt of %j', async (character) => {
    const longest = { prompt: character.repeat(4096), model: character.repeat(256), software: character.repeat(256) };
    const parameters = { ...APPLE, ...longest, aspectRatio: longest.model, resolution: longest.model };
    const counting = new CountingBlob([await embedParameters(file, parameters)]);
    expect(await readParameters(counting)).toEqual(parameters);
    expect(counting.readBytes).toBeLessThan(MOST_READ_BYTES);
  });
});

/** Comparing megabytes number by number takes seconds. */
async function haveSameBytes(a: Blob, b: Blob): Promise<boolean> {
  return Buffer.from(await bytesIn(a)).equals(Buffer.from(await bytesIn(b)));
}

/** XML and PNG have no way to write these; readers may change line ends. */
function shownAs(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r -\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[\s\x85]+/g, ' ')
    .trim();
}

function foreignReading(bytes: Uint8Array<ArrayBuffer>, type: string): [string, string] {
  const tags = ExifReader.load(bytes.buffer, { expanded: true });
  const isPng = type === 'image/png';
  const [prompt, program] = isPng
    ? [tags.pngText?.Description, tags.pngText?.Software]
    : [tags.xmp?.description, tags.xmp?.CreatorTool];
  return [shownAs(prompt?.description ?? ''), shownAs(program?.description ?? '')];
}

describe('a file that is no picture of ours', () => {
  it('gives null or valid parameters, whatever its bytes, and is not read whole', async () => {
    const starts = [
      '',
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff',
      'RIFF\xff\xff\xff\x7fWEBP',
      'RIFF\xff\xff\xff\x7fWEBPXMP ',
    ];
    const anyBytes = fc
      .tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }))
      .map(([start, rest]) => bytesOf(start, rest));
    await fc.assert(fc.asyncProperty(anyBytes, readsSafely), { numRuns: 1000 });
  });

  it.each(Object.entries(PICTURES).filter(([, file]) => file.size < 1000))(
    'survives damage to %s',
    async (_name, file) => {
      const whole = await bytesIn(await embedParameters(file, APPLE));
      const place = fc.nat(whole.length - 1);
      const damage = fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 4 });
      const property = fc.asyncProperty(damage, fc.nat(whole.length), async (changes, length) => {
        const damaged = whole.slice();
        for (const [at, byte] of changes) damaged[at] = byte;
        await readsSafely(damaged);
        await readsSafely(damaged.subarray(0, length));
      });
      await fc.assert(property, { numRuns: 500 });
    },
  );

  async function readsSafely(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const read = await readParameters(new Blob([bytes]));
    if (read !== null) expect(Object.keys(read).sort()).toEqual(Object.keys(APPLE).sort());
  }

  const huge = new Uint8Array(4 * 1024 * KIB).fill(0x20);
  const many = (part: Uint8Array) => new Uint8Array(Buffer.concat(Array.from({ length: 100_000 }, () => part)));
  test.each([
    ['a text', png(pngChunk('iTXt', bytesOf('Tessera\0\0\0\0\0', huge)))],
    ['a packet', webp(webpChunk('XMP ', huge))],
    ['empty chunks', png(many(pngChunk('iTXt', bytesOf())))],
    ['empty segments', jpeg(many(jpegSegment(0xe1, bytesOf())))],
    ['fill bytes', bytesOf('\xff\xd8', new Uint8Array(1_000_000).fill(0xff))],
    ['empty webp chunks', webp(many(webpChunk('ANMF', bytesOf())))],
  ])('is not read far when it has too much of %s', async (_what, bytes) => {
    const counting = new CountingBlob([bytes]);
    expect(await readParameters(counting)).toBeNull();
    expect(counting.readBytes).toBeLessThan(MOST_READ_BYTES);
  });

  test.each([
    ['a seed out of range', { ...APPLE, seed: 2 ** 32 }],
    ['half a pixel', { ...APPLE, widthPx: 0.5 }],
    ['a prompt too long', { ...APPLE, prompt: 'a'.repeat(4097) }],
    ['a list', [APPLE]],
    ['no program', { ...APPLE, software: undefined }],
  ])('is not believed: %s', async (_what, claimed) => {
    const text = bytesOf('Tessera\0\0\0\0\0', JSON.stringify(claimed));
    expect(await readParameters(new Blob([png(pngChunk('iTXt', text))]))).toBeNull();
  });

  it('may be a folder, which cannot be read', async () => {
    class Folder extends Blob {
      override slice(): Blob {
        return Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(new DOMException('', 'NotFoundError')) });
      }
    }
    expect(await readParameters(new Folder())).toBeNull();
  });

  it.each(['', 'GIF89a', '\x89PNG\r\n\x1a\n', '\xff\xd8\xff\xd9', 'RIFF\x04\0\0\0WEBP'])(
    'takes no parameters: %j',
    async (text) => {
      const embedding = embedParameters(new Blob([bytesOf(text)], { type: 'image/gif' }), APPLE);
      await expect(embedding).rejects.toMatchObject({ code: 'server_error', message: expect.stringContaining('gif') });
    },
  );
});

it('is refused when the parameters are out of bounds', async () => {
  const embedding = embedParameters(new Blob([png()]), { ...APPLE, model: 'm'.repeat(257) });
  await expect(embedding).rejects.toMatchObject({ code: 'server_error' });
});
