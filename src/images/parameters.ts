/** How a picture was made, kept inside its file: PNG text, XMP in jpeg and webp. Reads and writes the same parameters. */
import * as v from 'valibot';
import { codePoints } from '../api/codePoints';
import { ApiError } from '../api/errors';
import { MAX_PROMPT_CODE_POINTS, MAX_SEED } from '../api/schema';
import { latin1, readBytes } from './bytes';
import { jpegPacket, withJpegPacket } from './jpeg';
import { type PictureKind, pictureKind, SIGNATURE_BYTES } from './kind';
import { pngText, withPngTexts } from './png';
import { webpPacket, withWebpPacket } from './webp';
import { jsonInXmp, xmlText, xmpPacket } from './xmp';

/** With the prompt's limit, this keeps every packet below the 64 KiB of a JPEG segment; a test counts the worst case. */
const MOST_NAME_CODE_POINTS = 256;

const text = (mostCodePoints: number) =>
  v.pipe(
    v.string(),
    v.check((value) => codePoints(value) <= mostCodePoints),
  );
const integer = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** The order of the fields is their order in files. */
const ParametersSchema = v.object({
  prompt: text(MAX_PROMPT_CODE_POINTS),
  seed: integer(0, MAX_SEED),
  steps: integer(1, 10_000),
  model: text(MOST_NAME_CODE_POINTS),
  aspectRatio: text(MOST_NAME_CODE_POINTS),
  resolution: text(MOST_NAME_CODE_POINTS),
  widthPx: integer(1, 0xffff),
  heightPx: integer(1, 0xffff),
  software: text(MOST_NAME_CODE_POINTS),
});

export type PictureParameters = Readonly<v.InferOutput<typeof ParametersSchema>>;

const PNG_KEYWORD = 'Tessera';

/**
 * The same picture with its parameters inside. The pixels are not copied, whatever stood in their place before is
 * replaced, and the same parameters always give the same bytes.
 *
 * @throws ApiError `server_error` when the file is no png, jpeg or webp, or a parameter is out of bounds
 * @example await embedParameters(blob, { prompt: 'a red apple', seed: 7, … })
 */
export async function embedParameters(file: Blob, parameters: PictureParameters): Promise<Blob> {
  const result = v.safeParse(ParametersSchema, parameters);
  if (!result.success) throw new ApiError('server_error', 'The parameters do not fit into a picture.');
  const embedded = await embed(file, result.output);
  if (embedded === null) throw new ApiError('server_error', `A file of type '${file.type}' takes no parameters.`);
  return embedded;
}

/** The parameters of a picture that Tessera made; null for every other file. Reads a few hundred KiB at most. */
export async function readParameters(file: Blob): Promise<PictureParameters | null> {
  const json = await readJson(file);
  const result = v.safeParse(ParametersSchema, json === null ? null : parsed(json));
  return result.success ? result.output : null;
}

async function embed(file: Blob, parameters: PictureParameters): Promise<Blob | null> {
  const kind = await kindOf(file);
  const json = JSON.stringify(parameters);
  const { prompt, software } = parameters;
  if (kind === 'png') {
    const texts = { Description: xmlText(prompt), Software: xmlText(software), [PNG_KEYWORD]: json };
    return withPngTexts(file, texts);
  }
  const packet = xmpPacket({ description: prompt, creatorTool: software, json });
  if (kind === 'jpeg') return withJpegPacket(file, packet);
  return kind === 'webp' ? withWebpPacket(file, packet) : null;
}

async function readJson(file: Blob): Promise<string | null> {
  const kind = await kindOf(file);
  if (kind === 'png') return pngText(file, PNG_KEYWORD);
  const packet = kind === 'jpeg' ? await jpegPacket(file) : kind === 'webp' ? await webpPacket(file) : null;
  return packet && jsonInXmp(packet);
}

/** By the bytes: a dropped file's type is only what its name ends in. */
async function kindOf(file: Blob): Promise<PictureKind | null> {
  return pictureKind(latin1(await readBytes(file, 0, SIGNATURE_BYTES)));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
