/** Reference pictures in: from wherever they are to bounded, upright pixels. Works in pages and in workers. */
import PQueue from 'p-queue';
import { orCancelled } from '../api/abortable';
import type { ReferencePicture, ReferenceReader } from '../api/deps';
import { checkReference } from './pictureRules';
import { type CheckedPicture, decodePicture } from './referencePixels';
import { type ReadOptions, type SourceOptions, sourceBytes } from './referenceSource';

const DEFAULT_TIMEOUT_MS = 20_000;
/** 16 MB of pixels. No model here sees more of a reference. */
const DEFAULT_MAX_SIDE_PX = 2048;

export interface ReferenceReaderOptions extends Partial<SourceOptions> {
  /** Larger pictures are made smaller, their ratio kept. */
  readonly maxSidePx?: number;
}

export interface ReferenceFiles {
  /**
   * The file behind a source, checked like one to be decoded, with its true type: for passing it on.
   *
   * @throws ApiError `invalid_parameter` naming `param`, or `cancelled`
   */
  file(source: string | Blob, options: ReadOptions): Promise<Blob>;
}

/**
 * @example const { rgba } = await createReferenceReader().read('data:image/png;base64,…', { param: 'mask', signal })
 */
export function createReferenceReader(options: ReferenceReaderOptions = {}): ReferenceReader & ReferenceFiles {
  const { maxSidePx = DEFAULT_MAX_SIDE_PX, timeoutMs = DEFAULT_TIMEOUT_MS, fetch = null, openOwn = null } = options;
  // Ten large pictures decoded at once would take more than a gigabyte.
  const oneByOne = new PQueue({ concurrency: 1 });

  async function checked(source: string | Blob, read: ReadOptions): Promise<CheckedPicture> {
    const bytes = await sourceBytes(source, read, { fetch, openOwn, timeoutMs });
    return { bytes, facts: checkReference(bytes, read.param) };
  }

  async function pixels(source: string | Blob, read: ReadOptions): Promise<ReferencePicture> {
    const picture = await checked(source, read);
    return oneByOne.add(() => decodePicture(picture, read, maxSidePx));
  }

  async function file(source: string | Blob, read: ReadOptions): Promise<Blob> {
    const { bytes, facts } = await checked(source, read);
    return new Blob([bytes], { type: `image/${facts.kind}` });
  }

  return {
    read: (source, read) => orCancelled(() => pixels(source, read), read.signal),
    file: (source, read) => orCancelled(() => file(source, read), read.signal),
  };
}
