/** Bytes as text, for JSON. */

/** In pieces: functions take a limited number of arguments. */
const PIECE_BYTES = 0x8000;

/** A URL that holds the file itself. */
export async function dataUrl(file: Blob): Promise<string> {
  return `data:${file.type};base64,${await base64(file)}`;
}

export async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES)));
  }
  return btoa(pieces.join(''));
}
