/** The places of areas in a ranking, as the server works them out: always a range, never one bare place. */
import { getRanks } from '../api/client';
import type { Ranks } from '../api/types';
import type { Shown } from '../api/figures';
import { gapGroups } from './gap';
import { formatGroup } from './group';

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
}

/** What the server tells about each area; one that is not ranked is absent. */
export function rankedOf({ areas, rank, low_all, high_all, of, tier, within }: Ranks): Map<string, Ranked> {
  const found = new Map<string, Ranked>();
  areas.forEach((area, i) => {
    const [position, low, high, all, group] = [rank[i], low_all[i], high_all[i], of[i], tier[i]];
    if (position == null || low == null || high == null || all == null || group == null) return;
    found.set(area, { low, high, of: all, within: within?.[i] ?? null, group, position });
  });
  return found;
}

/**
 * The places of what is shown: of a group, or of the gap between two. A place that is taken off every area moves all figures
 * by the same amount, and no area past another.
 */
export async function getRanked({ outcome, group, gap }: Pick<Shown, 'outcome' | 'group' | 'gap'>, level: string): Promise<Map<string, Ranked>> {
  const [plus, minus] = gap === null ? [group, null] : gapGroups(group, gap);
  return rankedOf(await getRanks(outcome.id, level, formatGroup(plus), minus === null ? null : formatGroup(minus)));
}
