/** The painted picture -> an image file. The same pixels and parameters always give the same bytes. */
import { embedParameters } from '../images/parameters';
import type { GenerateJob } from './job';

export type EncodeOptions = Pick<GenerateJob, 'outputFormat' | 'quality' | 'parameters'>;

export async function encode(
  canvas: OffscreenCanvas,
  { outputFormat, quality, parameters }: EncodeOptions,
): Promise<Blob> {
  const file = await canvas.convertToBlob({ type: `image/${outputFormat}`, quality: quality / 100 });
  return parameters ? embedParameters(file, parameters) : file;
}
