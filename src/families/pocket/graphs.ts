/** Pocket's graphs. They stay loaded once they are, since creating and releasing sessions is what leaks. */
import type { Feeds, Graph, Runtime, Tensor } from '../../runtime/session';

/** What every picture is drawn with. */
const ALWAYS = ['text_encoder', 'prior', 'denoiser', 'decoder', 'restore', 'super_resolution'] as const;
/** What looks at pictures: loaded when the first one comes, so that a start does not wait for it. */
const ON_DEMAND = ['encoder', 'fusion'] as const;

export type GraphName = (typeof ALWAYS | typeof ON_DEMAND)[number];

export class PocketGraphs {
  readonly #loaded = new Map<GraphName, Graph>();

  constructor(
    readonly runtime: Runtime,
    readonly file: (path: string) => Promise<Blob>,
  ) {}

  /** Loads what every picture needs. */
  async open(onLoaded: (fraction: number) => void): Promise<void> {
    for (const name of ALWAYS) {
      await this.#take(name);
      onLoaded(this.#loaded.size / ALWAYS.length);
    }
  }

  /** Runs a graph that has one output. */
  async run(name: GraphName, feeds: Feeds): Promise<Tensor> {
    const [output] = await this.runAll(name, feeds);
    if (!output) throw new TypeError(`Graph ${name} gave no output.`);
    return output;
  }

  /** All outputs, in the graph's order. */
  async runAll(name: GraphName, feeds: Feeds): Promise<Tensor[]> {
    const graph = await this.#take(name);
    const outputs = await graph.run(feeds);
    return graph.outputNames.flatMap((output) => outputs[output] ?? []);
  }

  async #take(name: GraphName): Promise<Graph> {
    const known = this.#loaded.get(name);
    if (known) return known;
    const graph = await this.runtime.loadGraph(await this.file(`${name}.onnx`));
    this.#loaded.set(name, graph);
    return graph;
  }
}
