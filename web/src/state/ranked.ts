/**
 * How sure the figures of areas are, as the server works it out: their places in a ranking (always a range, never one bare
 * place), what is expected of them, and whether they differ from the country.
 */
import { getRanks } from '../api/client';
import type { Layer, Ranks } from '../api/types';
import type { Shown } from '../api/figures';
import { gapGroups } from './gap';
import { formatGroup } from './group';

/** What is expected of an area, its own figure weighed with all others; to read one area, never to rank. */
export interface Expected {
  est: number;
  lwr: number | null;
  upr: number | null;
}

/** What a ranking says about one area. */
export interface Ranked {
  low: number;
  high: number;
  /** Among how many areas with a figure. */
  of: number;
  /** The area that the others lie in too; null when they are all areas of the level. */
  within: string | null;
  /** The group of areas that cannot be told from its first, from 1. */
  group: number;
  /** The place by the figure alone, to sort by. */
  position: number;
  /** Whether it differs from the country when all areas are looked at together; null where that is not known. */
  differs: boolean | null;
  expected: Expected | null;
}

/** What the server tells about each area; one that is not ranked is absent. */
export function rankedOf({ areas, rank, low_all, high_all, of, tier, within, post, post_lwr, post_upr, differs }: Ranks): Map<string, Ranked> {
  const found = new Map<string, Ranked>();
  areas.forEach((area, i) => {
    const [position, low, high, all, group] = [rank[i], low_all[i], high_all[i], of[i], tier[i]];
    if (position == null || low == null || high == null || all == null || group == null) return;
    const est = post[i] ?? null;
    const expected = est === null ? null : { est, lwr: post_lwr[i] ?? null, upr: post_upr[i] ?? null };
    found.set(area, { low, high, of: all, within: within?.[i] ?? null, group, position, differs: differs[i] ?? null, expected });
  });
  return found;
}

/**
 * What is known of what is shown: of a group, or of the gap between two. A place that is taken off every area moves all figures
 * by the same amount, and no area past another; what is expected and what differs from the country is then of other figures.
 */
export async function getRanked({ outcome, group, gap, minus }: Omit<Shown, 'since'>, level: string): Promise<Map<string, Ranked>> {
  const [plus, less] = gap === null ? [group, null] : gapGroups(group, gap);
  const found = rankedOf(await getRanks(outcome.id, level, formatGroup(plus), less === null ? null : formatGroup(less)));
  if (minus === null) return found;
  return new Map([...found].map(([area, ranked]) => [area, { ...ranked, differs: null, expected: null }]));
}

/**
 * The areas of a layer that clearly differ when all are looked at together: changes from none, figures from the country.
 * Null while that is on its way; empty and `isKnown` false where it cannot be told.
 */
export function clearAreas(layer: Pick<Layer, 'areas' | 'differs'>, ranks: ReadonlyMap<string, Ranked> | null): { areas: ReadonlySet<string>; isKnown: boolean } | null {
  const { differs } = layer;
  if (differs === undefined && ranks === null) return null;
  const verdicts = differs ?? layer.areas.map((area) => ranks?.get(area)?.differs ?? null);
  return {
    areas: new Set(layer.areas.filter((_, row) => verdicts[row] === true)),
    isKnown: verdicts.some((verdict) => verdict !== null),
  };
}

/** What may be said of a figure when all areas are looked at together. */
export type Verdict = 'higher' | 'lower' | 'unsure';

/** Whether one row differs, and how: a change from none, a figure from `national`; null where that is not known. */
export function verdictAt(layer: Layer, row: number, ranks: ReadonlyMap<string, Ranked> | null, national: number | null): Verdict | null {
  const differs = layer.differs === undefined ? ranks?.get(layer.areas[row] ?? '')?.differs : layer.differs[row];
  const reference = layer.differs === undefined ? national : 0;
  if (differs == null || reference === null) return null;
  return !differs ? 'unsure' : (layer.est[row] as number) > reference ? 'higher' : 'lower';
}
