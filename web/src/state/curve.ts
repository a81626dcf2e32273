/** The gap between two groups along the positions of the parents: what is left of it where parents have the same. */
import type { Choice, Figure, GroupList } from '../api/types';
import { figureKey, membersOf } from './comparing';
import { difference, type Gap, gapGroups, usualGaps } from './gap';
import { formatGroup, type Group } from './group';

/** One position of the parents, and the ids of the two groups there. */
export interface Station {
  choice: Choice;
  plus: string;
  minus: string;
}

/** The gaps that can be followed: between groups with parents of the same position. */
export const curveGaps = (axis: string, groups: GroupList): Gap[] => usualGaps(axis, groups).filter(({ dimension }) => dimension !== 'position');

/** The gap that is followed: the one that was chosen, or that the page shows anyway, or the first that the release has. */
export const curveGap = ({ between, gap, group }: { between: Gap | null; gap: Gap | null; group: Group }, groups: GroupList): Gap | null =>
  [between, gap, ...curveGaps(group.axis, groups)].find((one) => one !== null && one.dimension !== 'position') ?? null;

/** Both groups at every position, from the first to the last. */
export const stationsOf = (gap: Gap, group: Group, groups: GroupList): Station[] =>
  membersOf('position', group, groups).map(({ choice }) => {
    const [plus, minus] = gapGroups({ ...group, position: choice.id }, gap).map(formatGroup) as [string, string];
    return { choice, plus, minus };
  });

/** The gap in a place at a position; null where one of the two groups has no figure. */
export function gapAt(place: string, { plus, minus }: Station, figures: ReadonlyMap<string, Figure>): Figure | null {
  const [own, other] = [figures.get(figureKey(place, plus)), figures.get(figureKey(place, minus))];
  return own === undefined || other === undefined ? null : difference(own, other);
}

/** The positions that stand for low and high parents: those of the usual gap between positions. */
export function endsOf(stations: readonly Station[], axis: string, groups: GroupList): [low: Station, high: Station] | null {
  const ends = usualGaps(axis, groups).find(({ dimension }) => dimension === 'position');
  const [low, high] = [ends?.minus, ends?.plus].map((id) => stations.find(({ choice }) => choice.id === id));
  return low === undefined || high === undefined ? null : [low, high];
}

/**
 * How a gap at high parents is to that at low parents, as far as the interval of the change lets one say. Their children
 * are others, so that the two are independent. A gap that turns round is neither wider nor narrower.
 */
export function changeOf(low: Figure, high: Figure): 'wider' | 'narrower' | 'other' | 'unclear' {
  const change = difference(high, low);
  if (change.lwr === null || change.upr === null || (change.lwr <= 0 && change.upr >= 0)) return 'unclear';
  if (Math.sign(low.est) * Math.sign(high.est) < 0) return 'other';
  return Math.abs(high.est) > Math.abs(low.est) ? 'wider' : 'narrower';
}
