/** The painted picture -> an image file. The same pixels and parameters always give the same bytes. */
import { ApiError } from '../api/errors';
import { embedParameters } from '../images/parameters';
import type { GenerateJob } from './job';

export type EncodeOptions = Pick<GenerateJob, 'outputFormat' | 'quality' | 'parameters'>;

export async function encode(
  canvas: OffscreenCanvas,
  { outputFormat, quality, parameters }: EncodeOptions,
): Promise<Blob> {
  const type = `image/${outputFormat}`;
  const file = await canvas.convertToBlob({ type, quality: quality / 100 });
  // Where a browser does not write a format, it writes PNG instead and says nothing.
  if (file.type !== type)
    throw new ApiError('invalid_parameter', `This browser does not write ${outputFormat} files.`, 'output_format');
  return parameters ? embedParameters(file, parameters) : file;
}
