/**
 * The globals that pages, workers and Node have in common, as far as pure code (api, diffusion, images, models) needs them.
 * Only tsconfig.pure.json includes this file; every other realm takes the declarations of its own `lib`.
 */

declare class DOMException extends Error {
  constructor(message?: string, name?: string);
}

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

interface Blob {
  readonly size: number;
  readonly type: string;
  slice(start?: number, end?: number): Blob;
  arrayBuffer(): Promise<ArrayBuffer>;
}

declare const Blob: {
  new (pieces: readonly (Blob | Uint8Array<ArrayBuffer>)[], options: { readonly type: string }): Blob;
};

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  decode(bytes: Uint8Array): string;
}

/** Carried around, never looked into. */
interface Request {
  readonly url: string;
}

interface Response {
  readonly status: number;
}
