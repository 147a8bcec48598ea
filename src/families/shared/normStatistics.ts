/** Arithmetic on the means and variances of a decoder's normalisations. Flat lists: one entry a group, norm after norm. */

/** Variances include the epsilon that the norm adds before it takes the root. */
export interface Statistics {
  readonly means: readonly number[];
  readonly variances: readonly number[];
}

/** How statistics lie to others: by how many deviations the mean is off, and how many times the variance. */
export interface Relation {
  readonly shifts: readonly number[];
  readonly ratios: readonly number[];
}

/** A norm's scale * x + offset, or what follows its own normalisation. */
export interface Affine {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

export interface Norm extends Affine {
  readonly epsilon: number;
}

/**
 * @param values means, then variances of a norm's groups, norm after norm. A variance that should be 0 can be below by
 *   rounding: it is the difference of two averages.
 */
export function readStatistics(values: ArrayLike<number>, norms: readonly Norm[]): Statistics {
  const means: number[] = [];
  const variances: number[] = [];
  let start = 0;
  for (const { scale, epsilon } of norms) {
    const groups = scale.length;
    for (let group = start; group < start + groups; group++) {
      means.push(values[group] ?? Number.NaN);
      variances.push(Math.max(0, values[group + groups] ?? Number.NaN) + epsilon);
    }
    start += 2 * groups;
  }
  return { means, variances };
}

/** Statistics of the whole from those of its parts: the means differ too, and that is part of the variance. */
export function poolStatistics(parts: readonly { statistics: Statistics; weight: number }[]): Statistics {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const average = (value: (statistics: Statistics) => number) =>
    parts.reduce((sum, { statistics, weight }) => sum + weight * value(statistics), 0) / total;
  const groups = [...(parts[0]?.statistics.means.keys() ?? [])];
  const means = groups.map((group) => average((part) => at(part.means, group)));
  const variances = groups.map((group) => {
    const mean = at(means, group);
    return average((part) => at(part.variances, group) + (at(part.means, group) - mean) ** 2);
  });
  return { means, variances };
}

export function relate(from: Statistics, to: Statistics): Relation {
  const shifts = from.means.map((mean, i) => (at(to.means, i) - mean) / Math.sqrt(at(from.variances, i)));
  const ratios = from.variances.map((variance, i) => at(to.variances, i) / variance);
  return { shifts, ratios };
}

/** The statistics that lie to `from` as the relation says. */
export function follow(from: Statistics, { shifts, ratios }: Relation): Statistics {
  const means = from.means.map((mean, i) => mean + at(shifts, i) * Math.sqrt(at(from.variances, i)));
  const variances = from.variances.map((variance, i) => variance * at(ratios, i));
  return { means, variances };
}

/** Normalises by given statistics. */
export function normaliseBy({ means, variances }: Statistics, norms: readonly Norm[]): Affine[] {
  return affines(norms, (index) => {
    const inverse = 1 / Math.sqrt(at(variances, index));
    return { factor: inverse, shift: -at(means, index) * inverse };
  });
}

/** Put after a normalisation by a window's own statistics: makes it one by those that lie to them as the relation says. */
export function normaliseRelative({ shifts, ratios }: Relation, norms: readonly Norm[]): Affine[] {
  return affines(norms, (index) => {
    const inverse = 1 / Math.sqrt(at(ratios, index));
    return { factor: inverse, shift: -at(shifts, index) * inverse };
  });
}

/** The norms' own scales and offsets, on top of a factor and a shift for each group. */
function affines(norms: readonly Norm[], step: (index: number) => { factor: number; shift: number }): Affine[] {
  let start = 0;
  return norms.map(({ scale, offset }) => {
    const steps = scale.map((_, group) => step(start + group));
    start += scale.length;
    return {
      scale: steps.map(({ factor }, group) => at(scale, group) * factor),
      offset: steps.map(({ shift }, group) => at(scale, group) * shift + at(offset, group)),
    };
  });
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? Number.NaN;
}
