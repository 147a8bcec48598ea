/** Reads onnxruntime's verbose log: which operator ran on which execution provider. */

/** Number of nodes by operator, for each execution provider. */
export type Placement = Record<string, Record<string, number>>;

/** A graph that lies on one provider as a whole comes without a list of its nodes: they count under this name. */
export const UNLISTED = '*';

const SOURCE = 'VerifyEachNodeIsAssignedToAnEp]';
const SOME = /Node\(s\) placed on \[(\w+)\]/;
const ALL = /All nodes placed on \[(\w+)\]\. Number of nodes: (\d+)/;
const NODE = /\]\s+(\w+) \(/;

/** One placement for each session, in the order of their creation. */
export function readPlacements(lines: readonly string[]): Placement[] {
  const sessions: Placement[] = [];
  let counts: Record<string, number> = {};
  for (const line of lines.filter((line) => line.includes(SOURCE))) {
    if (line.includes('Node placements')) sessions.push({});
    const [, whole, total] = ALL.exec(line) ?? [];
    const provider = whole ?? SOME.exec(line)?.[1];
    const operator = NODE.exec(line)?.[1];
    if (provider) {
      counts = total ? { [UNLISTED]: Number(total) } : {};
      Object.assign(sessions.at(-1) ?? {}, { [provider]: counts });
    } else if (operator) {
      counts[operator] = (counts[operator] ?? 0) + 1;
    }
  }
  return sessions;
}
