/** Browsers without JSPI read a file of weights into one array, which has a largest size. */
import { ApiError } from '../../api/errors';
import type { ExternalData } from '../../runtime/graphFiles';

/** 1.9 GiB: a little under what Chrome gives, as publishers cut their files. */
const LARGEST_ARRAY_BYTES = 1.9 * 2 ** 30;

/** Throws `out_of_memory` before the browser fails at it without a word. */
export function refuseLargeArrays(
  files: readonly ExternalData[],
  { canStream }: { readonly canStream: boolean },
): void {
  const large = canStream ? undefined : files.find(({ file }) => file.size > LARGEST_ARRAY_BYTES);
  if (!large) return;
  const gigabytes = (large.file.size / 1e9).toFixed(1);
  throw new ApiError(
    'out_of_memory',
    `This browser reads ${large.location} (${gigabytes} GB) in one piece, which is more than it can hold. ` +
      'Use Chrome or Edge 137 or newer, which read it bit by bit.',
    'model',
  );
}
