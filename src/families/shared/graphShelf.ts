/**
 * The graphs of a published model, loaded when they are first asked for. Each has a device of its own: that is the only
 * memory of a GPU that can be given back, so a model larger than the GPU still draws, one stage after the other.
 */
import { ApiError } from '../../api/errors';
import type { GraphFile } from '../../models/spec';
import type { Memory } from '../../models/types';
import type { TensorInfo } from '../../runtime/elements';
import type { ExternalData, GraphFiles } from '../../runtime/graphFiles';
import { hasJspi } from '../../runtime/jspi';
import type { ValueInfo } from '../../runtime/onnx/model';
import { readInputs } from '../../runtime/onnx/ports';
import { splitWeights } from '../../runtime/onnx/splitWeights';
import type { Graph, Runtime } from '../../runtime/session';
import { refuseLargeArrays } from './arrayLimit';
import { feedOf, inputOf, outputOf, readTensor, type Values } from './feeds';

export interface ModelFiles {
  readonly runtime: Runtime;
  /** Throws `weights_missing`. */
  readonly file: (path: string) => Promise<Blob>;
  readonly memory: Memory;
}

/** What loading a graph may need besides its files. */
export interface LoadHints {
  readonly freeDimensions?: Readonly<Record<string, number>>;
  readonly optimise?: boolean;
  /** Has the graph rewritten before it is loaded. */
  readonly rewrite?: (graph: Uint8Array) => Uint8Array;
}

/** A graph this large with its weights inside is loaded as if they lay beside it. */
const SPLIT_FROM_BYTES = 64 * 1024 * 1024;

interface Loaded {
  readonly stage: Runtime;
  readonly graph: Graph;
}

export class GraphShelf {
  readonly #files: ModelFiles;
  readonly #loaded = new Map<string, Loaded>();

  constructor(files: ModelFiles) {
    this.#files = files;
  }

  /** The graph and the device it is on, loaded if it is not. In staged memory every other graph goes first. */
  async take(file: GraphFile, hints: LoadHints = {}): Promise<Loaded> {
    const known = this.#loaded.get(file.path);
    if (known) return known;
    if (this.#files.memory === 'staged') await this.clear();
    const stage = await this.#files.runtime.openSibling();
    try {
      const files = await this.#open(file, hints);
      refuseLargeArrays(files.externalData ?? [], { canStream: hasJspi() });
      const loaded = { stage, graph: await stage.loadGraph(files) };
      this.#loaded.set(file.path, loaded);
      return loaded;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  /**
   * Runs a graph on numbers by the names of its inputs, in the types and ranks that it declares, and gives the numbers of
   * its first output. Throws `invalid_parameter` where the graph takes anything else.
   */
  async run(file: GraphFile, feeds: Readonly<Record<string, Values>>): Promise<Values> {
    const { runtime } = this.#files;
    const { graph } = await this.take(file);
    refuseOthers(file, graph, Object.keys(feeds));
    const tensors = Object.entries(feeds).map(([name, values]) => {
      const input = inputOf(graph, name);
      return [name, feedOf(runtime, input, { ...values, dims: dimsAs(input, values) })] as const;
    });
    return readTensor(runtime, outputOf(graph, await graph.run(Object.fromEntries(tensors))));
  }

  /** What a graph takes, read from its file: nothing is loaded for it. */
  async inputs({ path }: GraphFile): Promise<ValueInfo[]> {
    return readInputs(await this.#files.file(path));
  }

  /** Frees what is loaded, GPU memory too. Called when a picture is done, where memory is tight. */
  async clear(): Promise<void> {
    const loaded = [...this.#loaded.values()];
    this.#loaded.clear();
    for (const { stage } of loaded) await stage.close();
  }

  async settle(): Promise<void> {
    if (this.#files.memory === 'staged') await this.clear();
  }

  async #open(file: GraphFile, { rewrite, ...hints }: LoadHints): Promise<GraphFiles> {
    const graph = await this.#files.file(file.path);
    if (!rewrite && file.externalData.length === 0 && graph.size >= SPLIT_FROM_BYTES) {
      return { ...(await splitWeights(graph)), ...hints };
    }
    const externalData = await Promise.all(file.externalData.map((path) => this.#external(file, path)));
    return {
      graph: rewrite ? rewrite(new Uint8Array(await graph.arrayBuffer())) : graph,
      ...(externalData.length > 0 ? { externalData } : {}),
      ...hints,
    };
  }

  async #external({ path: graphPath }: GraphFile, path: string): Promise<ExternalData> {
    const folder = graphPath.slice(0, graphPath.lastIndexOf('/') + 1);
    if (path.startsWith(folder)) return { location: path.slice(folder.length), file: await this.#files.file(path) };
    throw new ApiError('weights_damaged', `${path} does not lie beside the graph ${graphPath} whose weights it holds.`);
  }
}

/** Some exports leave the first dimension out where it is always 1. */
function dimsAs(input: TensorInfo, { dims }: Values): readonly number[] {
  return dims[0] === 1 && input.dims.length === dims.length - 1 ? dims.slice(1) : dims;
}

function refuseOthers({ path }: GraphFile, { inputs }: Graph, given: readonly string[]): void {
  const asked = inputs.map(({ name }) => name);
  if (asked.length === given.length && given.every((name) => asked.includes(name))) return;
  const message = `${path} asks for ${asked.join(', ')}; Tessera knows exports that ask for ${given.join(', ')}. Choose another model.`;
  throw new ApiError('invalid_parameter', message, 'model');
}
