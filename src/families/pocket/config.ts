/** Pocket's own constants, exported beside its graphs. */
import * as v from 'valibot';
import { ApiError } from '../../api/errors';

const PositiveInteger = v.pipe(v.number(), v.integer(), v.minValue(1));

const ConfigSchema = v.object({
  latentChannels: PositiveInteger,
  maxTokens: PositiveInteger,
  shift: v.pipe(v.number(), v.gtValue(0)),
  /** Pictures to look at: the side of the square that each is fitted into, whole cells, and how many there may be. */
  references: v.object({ sidePx: v.pipe(PositiveInteger, v.multipleOf(8)), most: PositiveInteger }),
  decoder: v.object({ receptiveFieldCells: PositiveInteger }),
  restore: v.object({ receptiveFieldPx: PositiveInteger, multiplePx: PositiveInteger }),
  superResolution: v.object({ receptiveFieldPx: PositiveInteger }),
  largestBufferBytesPerPx: PositiveInteger,
});

export type PocketConfig = v.InferOutput<typeof ConfigSchema>;

/** Throws `weights_damaged` when the file is not what the export writes. */
export async function readConfig(file: Blob): Promise<PocketConfig> {
  const result = v.safeParse(ConfigSchema, JSON.parse(await file.text()));
  if (result.success) return result.output;
  throw new ApiError('weights_damaged', `Pocket's config.json is not valid: ${result.issues[0].message}.`);
}
