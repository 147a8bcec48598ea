import { expect, test, vi } from 'vitest';
import { Enlarger } from '../../../../src/families/shared/enlarger';
import type { Graph, Runtime, Tensor } from '../../../../src/runtime/session';

const IMAGE = {} as Tensor;

test('a graph that could not be loaded is loaded again for the next picture, and then kept', async () => {
  const graph = { outputNames: ['doubled'], run: async () => ({ doubled: IMAGE }) } as unknown as Graph;
  const loadGraph = vi.fn<Runtime['loadGraph']>(async () => graph).mockRejectedValueOnce(new Error('lost'));
  const files = { graph: new Blob(), receptiveFieldPx: 0, largestBufferBytesPerPx: 1 };
  const enlarger = new Enlarger({ loadGraph } as unknown as Runtime, files);
  await expect(enlarger.enlarge(IMAGE)).rejects.toThrow('lost');
  expect([await enlarger.enlarge(IMAGE), await enlarger.enlarge(IMAGE)]).toEqual([IMAGE, IMAGE]);
  expect(loadGraph).toHaveBeenCalledTimes(2);
});
