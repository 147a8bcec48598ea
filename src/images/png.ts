/** Text in PNG files: https://www.w3.org/TR/png-3/#11iTXt */
import { fromLatin1, latin1, type Part, readBytes, view, walk } from './bytes';

export const PNG_SIGNATURE = '\x89PNG\r\n\x1a\n';

/** Of the chunk's text; our longest is a sixth of it. */
const MOST_TEXT_BYTES = 256 * 1024;
const MOST_KEYWORD_BYTES = 79;

/** Keyword (Latin-1, 1 to 79 characters) -> text. */
export type Texts = Readonly<Record<string, string>>;

/** The same picture with these texts behind its header, in place of any it had; null when the file is not a PNG. */
export async function withPngTexts(file: Blob, texts: Texts): Promise<Blob | null> {
  const parts = await chunks(file);
  const header = parts?.[0];
  const pixels = parts?.at(-1);
  if (header?.name !== 'IHDR' || !pixels) return null;
  const kept: Blob[] = [];
  for (const chunk of parts?.slice(1, -1) ?? []) {
    if (!Object.hasOwn(texts, await keywordOf(file, chunk))) kept.push(file.slice(chunk.start, chunk.end));
  }
  const added = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text));
  const pieces = [file.slice(0, header.end), ...added, ...kept, file.slice(pixels.start)];
  return new Blob(pieces, { type: file.type });
}

/** The uncompressed international text of this keyword, in front of the pixels. */
export async function pngText(file: Blob, keyword: string): Promise<string | null> {
  for (const chunk of (await chunks(file)) ?? []) {
    if (chunk.dataEnd - chunk.dataStart > MOST_TEXT_BYTES || (await keywordOf(file, chunk)) !== keyword) continue;
    return textIn(await readBytes(file, chunk.dataStart, chunk.dataEnd), keyword);
  }
  return null;
}

function chunks(file: Blob): Promise<Part[] | null> {
  return walk(file, { start: PNG_SIGNATURE.length, end: file.size, headerBytes: 8, part: chunk, lastName: 'IDAT' });
}

function chunk(header: Uint8Array, start: number): Part {
  const dataStart = start + 8;
  const dataEnd = dataStart + view(header).getUint32(0);
  return { name: latin1(header.subarray(4)), start, dataStart, dataEnd, end: dataEnd + 4 };
}

/** Empty for chunks of other kinds: no keyword is. */
async function keywordOf(file: Blob, { name, dataStart, dataEnd }: Part): Promise<string> {
  if (name !== 'iTXt') return '';
  const start = latin1(await readBytes(file, dataStart, Math.min(dataEnd, dataStart + MOST_KEYWORD_BYTES + 1)));
  return start.slice(0, Math.max(0, start.indexOf('\0')));
}

/** Keyword 0, compression flag and method, language 0, translated keyword 0, text. */
function textIn(data: Uint8Array, keyword: string): string | null {
  const languageAt = keyword.length + 3;
  const isCompressed = data[keyword.length + 1] !== 0;
  const languageEnd = data.indexOf(0, languageAt);
  const translationEnd = data.indexOf(0, languageEnd + 1);
  if (isCompressed || languageEnd < languageAt || translationEnd < 0) return null;
  return new TextDecoder().decode(data.subarray(translationEnd + 1));
}

function textChunk(keyword: string, text: string): Uint8Array<ArrayBuffer> {
  const head = fromLatin1(`iTXt${keyword}\0\0\0\0\0`);
  const body = new TextEncoder().encode(text);
  const bytes = new Uint8Array(4 + head.length + body.length + 4);
  bytes.set(head, 4);
  bytes.set(body, 4 + head.length);
  view(bytes).setUint32(0, head.length - 4 + body.length);
  view(bytes).setUint32(bytes.length - 4, crc32(bytes.subarray(4, -4)));
  return bytes;
}

/** https://www.w3.org/TR/png-3/#D-CRCAppendix, bit by bit: texts are short. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
