import { describe, expect, it } from 'vitest';
import type { Family } from '../../../src/families/family';
import { tileLimits } from '../../../src/pipeline/tilePlan';
import type { Runtime } from '../../../src/runtime/session';

const MIB = 2 ** 20;

function limits(options: { bufferBytes: number; bytesPerPx?: number; limitPx?: number; isExact?: boolean }) {
  const { bufferBytes, bytesPerPx = 40, limitPx, isExact = true } = options;
  const runtime = { largestBufferBytes: bufferBytes } as Runtime;
  const model = { decoder: { isExact, haloCells: 8 }, largestBufferBytesPerPx: bytesPerPx } as Family;
  return tileLimits(runtime, model, limitPx);
}

describe('tileLimits', () => {
  it.each([
    [1024, 128 * MIB],
    [512, 64 * MIB],
    [256, 16 * MIB],
    [256, 1 * MIB],
  ])('paints tiles of %d px where the largest buffer has %d bytes', (tilePx, bufferBytes) => {
    expect(limits({ bufferBytes }).largestTilePx).toBe(tilePx);
  });

  it('goes lower for models with larger buffers', () => {
    expect(limits({ bufferBytes: 128 * MIB, bytesPerPx: 256 }).largestTilePx).toBe(512);
  });

  it('keeps to what a job allows, down to the smallest tile', () => {
    expect(limits({ bufferBytes: 1024 * MIB, limitPx: 512 }).largestTilePx).toBe(512);
    expect(limits({ bufferBytes: 1024 * MIB, limitPx: 64 }).largestTilePx).toBe(256);
  });

  it('overlaps tiles only where they do not come out exactly', () => {
    expect(limits({ bufferBytes: MIB }).overlapCells).toBe(0);
    expect(limits({ bufferBytes: MIB, isExact: false }).overlapCells).toBe(8);
  });
});
