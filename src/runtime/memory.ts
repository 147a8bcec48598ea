/** Neither onnxruntime nor WebAssembly has a type for running out of memory: only words tell. */
import { ApiError } from '../api/errors';

const SIGNS =
  /out of memory|out-of-memory|bad_alloc|allocation failed|failed to allocate|cannot enlarge memory|memory size exceeded|memory access out of bounds/i;

export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && !(error instanceof ApiError) && SIGNS.test(error.message);
}

export function outOfMemory(message: string, cause?: unknown): ApiError {
  return new ApiError('out_of_memory', message, null, { cause });
}
