/** A graph as files: the nodes, and the weights beside them. */

export interface ExternalData {
  /** As the graph names it. */
  readonly location: string;
  readonly file: Blob;
}

export interface GraphFiles {
  readonly graph: Blob | Uint8Array;
  /** Never copied as a whole where the browser has JSPI: weights go from the disk to where they are used. */
  readonly externalData?: readonly ExternalData[];
  /** Sizes for dimensions that the graph only names; names it does not have are ignored. */
  readonly freeDimensions?: Readonly<Record<string, number>>;
  /** False leaves the graph as it came, for exports that onnxruntime's fusions break. */
  readonly optimise?: boolean;
}
