/** Where in a file the parameters stand: what decoders and other programs insist on. */
import { crc32 } from 'node:zlib';
import * as ExifReader from 'exifreader';
import { describe, expect, it, test } from 'vitest';
import { MOST_PACKET_BYTES, withJpegPacket } from '../../../src/images/jpeg';
import { embedParameters, readParameters } from '../../../src/images/parameters';
import { APPLE, bytesIn, bytesOf, jpeg, jpegSegment, lossless, lossy, png, pngChunk, webp, webpChunk } from './files';

const embedded = async (bytes: Uint8Array<ArrayBuffer>) => bytesIn(await embedParameters(new Blob([bytes]), APPLE));
const numbersOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

describe('png', () => {
  it('has three texts behind its header, each with the right checksum', async () => {
    const chunks = pngChunks(await embedded(png(pngChunk('gAMA', bytesOf(0, 0, 1, 1)))));
    expect(chunks.map(({ name }) => name)).toEqual(['IHDR', 'iTXt', 'iTXt', 'iTXt', 'gAMA', 'IDAT', 'IEND']);
    const texts = chunks.filter(({ name }) => name === 'iTXt').map(({ data }) => Buffer.from(data).toString('latin1'));
    expect(texts.map((text) => text.split('\0')[0])).toEqual(['Description', 'Software', 'Tessera']);
    for (const { name, data, checksum } of chunks) expect(checksum).toBe(crc32(bytesOf(name, data)));
  });

  it('keeps the texts of others, whatever their keyword', async () => {
    const theirs = pngChunk('iTXt', bytesOf('constructor\0\0\0\0\0theirs'));
    expect(Buffer.from(await embedded(png(theirs))).includes(Buffer.from(theirs))).toBe(true);
  });

  it('is read from the first bytes: the pixels may be missing', async () => {
    const whole = await embedded(png());
    expect(await readParameters(new Blob([whole.subarray(0, -20)]))).toEqual(APPLE);
  });
});

function pngChunks(bytes: Uint8Array) {
  const chunks = [];
  for (let at = 8; at < bytes.length; ) {
    const dataEnd = at + 8 + numbersOf(bytes).getUint32(at);
    const name = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1');
    chunks.push({ name, data: bytes.subarray(at + 8, dataEnd), checksum: numbersOf(bytes).getUint32(dataEnd) });
    at = dataEnd + 4;
  }
  return chunks;
}

describe('jpeg', () => {
  const exif = jpegSegment(0xe1, bytesOf('Exif\0\0', 'theirs'));
  const profile = jpegSegment(0xe2, bytesOf('ICC_PROFILE\0'));

  it('has its packet behind JFIF and Exif, in front of everything else', async () => {
    const bytes = await embedded(jpeg(exif, profile));
    const text = Buffer.from(bytes).toString('latin1');
    const places = ['JFIF', 'Exif', 'http://ns.adobe.com/xap/1.0/\0', 'ICC_PROFILE'].map((mark) => text.indexOf(mark));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThan(0);
  });

  it('holds a packet of the longest length and refuses a longer one', async () => {
    const file = new Blob([jpeg()]);
    const full = await withJpegPacket(file, new Uint8Array(MOST_PACKET_BYTES));
    expect(full?.size).toBe(file.size + 2 + 0xffff);
    expect(await withJpegPacket(file, new Uint8Array(MOST_PACKET_BYTES + 1))).toBeNull();
  });
});

describe('webp', () => {
  test.each([
    ['lossy', lossy, { alpha: 'No' }],
    ['lossless', lossless(false), { alpha: 'No' }],
    ['lossless with alpha', lossless(true), { alpha: 'Yes' }],
  ])('%s becomes extended, with the size and alpha of its picture', async (_name, picture, { alpha }) => {
    const bytes = await embedded(webp(picture));
    const tags = ExifReader.load(bytes.buffer);
    const found = [tags.ImageWidth?.value, tags.ImageHeight?.value, tags.Alpha?.description];
    expect(found).toEqual([16383, 300, alpha]);
    expect(webpChunks(bytes)).toEqual(['VP8X', Buffer.from(picture).toString('latin1', 0, 4), 'XMP ']);
  });

  it('counts its bytes, an even number, also when a packet is odd', async () => {
    for (const prompt of ['odd', 'even']) {
      const bytes = await bytesIn(await embedParameters(new Blob([webp(lossy)]), { ...APPLE, prompt }));
      expect(numbersOf(bytes).getUint32(4, true)).toBe(bytes.length - 8);
      expect(bytes.length % 2).toBe(0);
    }
  });

  it('takes no parameters when it is cut short', async () => {
    const cut = new Blob([webp(lossy).subarray(0, -2)]);
    await expect(embedParameters(cut, APPLE)).rejects.toMatchObject({ code: 'server_error' });
  });

  it('keeps the flags and chunks it has, and drops what follows its end', async () => {
    const profile = webpChunk('ICCP', bytesOf('profile'));
    const header = webpChunk('VP8X', bytesOf(0x30, 0, 0, 0, 9, 0, 0, 9, 0, 0));
    const bytes = await embedded(bytesOf(webp(header, profile, lossy), 'what follows'));
    expect(bytes[20]).toBe(0x34);
    expect(webpChunks(bytes)).toEqual(['VP8X', 'ICCP', 'VP8 ', 'XMP ']);
  });
});

function webpChunks(bytes: Uint8Array): string[] {
  const names = [];
  for (let at = 12; at < bytes.length; ) {
    names.push(Buffer.from(bytes.subarray(at, at + 4)).toString('latin1'));
    const length = numbersOf(bytes).getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return names;
}

describe('XMP saved anew by another program', () => {
  const json = JSON.stringify({ ...APPLE, prompt: 'fish & "chips" 🍟' });
  const read = (property: string) => readParameters(new Blob([webp(webpChunk('XMP ', bytesOf(utf8(property))))]));
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const spelled = (quote: string, entity: string) => json.replaceAll('&', '&amp;').replaceAll(quote, entity);

  test.each([
    ['as an element', `<tessera:Parameters>${spelled('"', '&quot;')}</tessera:Parameters>`],
    ['as an attribute', `<a tessera:Parameters="${spelled('"', '&#34;')}"/>`],
    ['in single quotes', `<a tessera:Parameters='${spelled("'", '&apos;')}'/>`],
    ['in numbers', `<tessera:Parameters>${spelled('🍟', '&#x1F35F;')}</tessera:Parameters>`],
  ])('is read %s', async (_form, property) => {
    expect(await read(property)).toEqual(JSON.parse(json));
  });

  it('is not read from numbers that are no characters, or without an end', async () => {
    expect(await read('<tessera:Parameters>&#x110000;</tessera:Parameters>')).toBeNull();
    expect(await read(`<a tessera:Parameters='${json}`)).toBeNull();
  });
});
