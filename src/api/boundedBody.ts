/** Bodies from somebody else's server: counted as they arrive, since a length that they announce proves nothing. */

/** What a `Response` and a `Request` have of it. */
export interface HasBody {
  readonly body: { getReader(): BodyReader } | null;
}

interface BodyReader {
  read(): Promise<{ readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** The whole body, or null as soon as there is more of it than `mostBytes`. Rejects when the line breaks. */
export async function bytesUpTo({ body }: HasBody, mostBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const pieces: Uint8Array[] = [];
  let byteCount = 0;
  const reader = body?.getReader();
  try {
    for (let piece = await reader?.read(); piece?.value; piece = await reader?.read()) {
      pieces.push(piece.value);
      byteCount += piece.value.length;
      if (byteCount > mostBytes) return null;
    }
  } finally {
    // The connection may be long gone; what becomes of it does not matter any more.
    void reader?.cancel().catch(() => {});
  }
  const whole = new Uint8Array(byteCount);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
