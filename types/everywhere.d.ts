/**
 * The globals that pages, workers and Node have in common, as far as pure code (api, diffusion, models) needs them.
 * Only tsconfig.pure.json includes this file; every other realm takes the declarations of its own `lib`.
 */

declare class DOMException extends Error {
  constructor(message?: string, name?: string);
}

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
}
