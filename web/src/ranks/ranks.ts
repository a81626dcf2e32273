/**
 * Rank ranges: which places an area can have in a ranking, given how uncertain all figures are.
 *
 * Simultaneous confidence sets for ranks after Mogstad, Romano, Shaikh and Wilhelm (2024), "Inference for ranks with
 * applications to mobility across neighbourhoods and academic achievement across countries": all ordered pairs are tested
 * at once against the largest studentised difference that chance gives, step by step leaving out the pairs that were
 * decided. With 95 % certainty all ranges are right together, so any of them may be read, also the one that stands out.
 */

/** The highest figure has rank 1. */
export interface RankRange {
  low: number;
  high: number;
}

export interface Ranking {
  ranges: RankRange[];
  /** Positions from the highest to the lowest figure. */
  order: number[];
  /** For each position in `order` the number of its group: members of one are not clearly below its first. */
  groups: number[];
}

const LEVEL = 0.95;
const DRAWS = 1000;
const SEED = 20_261_121;
/** Half an interval of 95 % in standard errors. */
const Z95 = 1.959964;

/** The standard error that a published interval was made from; NaN where there is none. */
export const errorOf = (lwr: number | null, upr: number | null): number =>
  lwr === null || upr === null ? NaN : (upr - lwr) / 2 / Z95;

/** Uniform numbers in (0, 1) from a seed (mulberry32): the same figures give the same ranges. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}

/** Standard normal numbers, `count` of them (Box and Muller). */
function normals(count: number, random: () => number): Float64Array {
  const found = new Float64Array(count + 1);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(random()));
    const angle = 2 * Math.PI * random();
    found[i] = radius * Math.cos(angle);
    found[i + 1] = radius * Math.sin(angle);
  }
  return found.subarray(0, count);
}

/**
 * Ranks figures with standard errors. Figures without an error (NaN) are compared with nothing: they may have any rank.
 * `est` and `errors` have one entry per area; a standard error of zero means that a figure is exact.
 */
export function rank(est: ArrayLike<number>, errors: ArrayLike<number>, draws = DRAWS): Ranking {
  const count = est.length;
  // For each pair i > j at i * (i - 1) / 2 + j: one over the error of their difference, 0 when it is not known.
  const pairs = (count * (count - 1)) / 2;
  const inverse = new Float64Array(pairs);
  const statistic = new Float64Array(pairs);
  let at = 0;
  for (let i = 1; i < count; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const error = Math.hypot(errors[i] as number, errors[j] as number);
      const difference = (est[i] as number) - (est[j] as number);
      inverse[at] = error > 0 ? 1 / error : 0;
      // Of two exact figures the difference is certain; of unknown errors nothing is.
      statistic[at] = error > 0 ? difference / error : error === 0 ? Math.sign(difference) * Infinity : 0;
      at += 1;
    }
  }
  // What is decided: 1 the first is higher, -1 the second is. The opposite direction of a decided pair stays under test.
  const decided = new Int8Array(pairs);
  for (let step = 0; step < 20; step += 1) {
    const critical = criticalValue(errors, inverse, decided, draws);
    let isNew = false;
    for (let p = 0; p < pairs; p += 1) {
      if (decided[p] !== 0 || Math.abs(statistic[p] as number) <= critical) continue;
      decided[p] = Math.sign(statistic[p] as number);
      isNew = true;
    }
    if (!isNew) break;
  }
  return ranking(est, decided);
}

/** The value that the largest of the statistics under test stays below in 95 of 100 draws. */
function criticalValue(errors: ArrayLike<number>, inverse: Float64Array, decided: Int8Array, draws: number): number {
  const count = errors.length;
  const random = uniform(SEED);
  const largest = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw += 1) {
    const noise = normals(count, random);
    for (let i = 0; i < count; i += 1) noise[i] = (noise[i] as number) * (errors[i] || 0);
    let most = 0;
    let at = 0;
    for (let i = 1; i < count; i += 1) {
      const own = noise[i] as number;
      for (let j = 0; j < i; j += 1) {
        const value = (own - (noise[j] as number)) * (inverse[at] as number);
        // In a decided direction nothing is tested any more.
        if (value > most) {
          if (decided[at] !== 1) most = value;
        } else if (-value > most && decided[at] !== -1) most = -value;
        at += 1;
      }
    }
    largest[draw] = most;
  }
  largest.sort();
  return largest[Math.min(draws - 1, Math.ceil(LEVEL * draws) - 1)] ?? Infinity;
}

function ranking(est: ArrayLike<number>, decided: Int8Array): Ranking {
  const count = est.length;
  const ranges = Array.from({ length: count }, (): RankRange => ({ low: 1, high: count }));
  let at = 0;
  for (let i = 1; i < count; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const [first, second] = [ranges[i] as RankRange, ranges[j] as RankRange];
      if (decided[at] === 1) {
        second.low += 1;
        first.high -= 1;
      } else if (decided[at] === -1) {
        first.low += 1;
        second.high -= 1;
      }
      at += 1;
    }
  }
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => (est[b] as number) - (est[a] as number) || a - b);
  const isBelow = (lower: number, higher: number): boolean =>
    lower > higher ? decided[(lower * (lower - 1)) / 2 + higher] === -1 : decided[(higher * (higher - 1)) / 2 + lower] === 1;
  const groups: number[] = [];
  let leader = order[0] ?? 0;
  let group = 0;
  for (const area of order) {
    if (area !== leader && isBelow(area, leader)) {
      leader = area;
      group += 1;
    }
    groups.push(group);
  }
  return { ranges, order, groups };
}
