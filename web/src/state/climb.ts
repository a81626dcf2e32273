/**
 * Who climbs the ladder of income and who stays where the parents were: the transition matrix of the country, and those
 * of its corners that areas have, of the ladder that a measure of mobility is about.
 */
import type { Outcome, Transitions } from '../api/types';

/** The words are of fifths. */
export const FIFTHS = 5;
const THEME = 'mobility';

export type End = 'bottom' | 'top';

/** The share that gets from one end of the ladder to an end of it: an outcome of its own, with figures of areas. */
export interface Corner {
  from: End;
  to: End;
  outcome: Outcome;
}

export interface Climb {
  /** Null where the release may not tell it. */
  matrix: Transitions | null;
  corners: Corner[];
}

/** The corners by the measure that they are, in the order in which they are told: who climbs first. */
const CORNERS: readonly [measure: string, from: End, to: End][] = [
  ['q1q5', 'bottom', 'top'],
  ['q1q1', 'bottom', 'bottom'],
  ['q5q5', 'top', 'top'],
  ['q5q1', 'top', 'bottom'],
];

/** What outcomes of one ladder share in their ids: `c35_income` of `c35_income_perc` and of `c35_top_20_income`. */
export const ladderOf = (outcome: string): string => outcome.replace(/_perc$/, '').replace(/_(top|bottom)_20_/, '_');

/** What there is to tell beside a measure of mobility; null beside any other outcome, and where there is nothing. */
export function climbOf({ of = null, theme, cohort }: Outcome, outcomes: readonly Outcome[]): Climb | null {
  if (of === null || theme !== THEME) return null;
  const own = outcomes.filter((one) => one.cohort === cohort && one.of != null && ladderOf(one.of) === ladderOf(of));
  const matrix = own.find(({ transitions }) => transitions?.classes === FIFTHS)?.transitions ?? null;
  const corners = CORNERS.flatMap(([measure, from, to]) => {
    const outcome = own.find((one) => one.measure === measure);
    return outcome === undefined ? [] : [{ from, to, outcome }];
  });
  return matrix === null && corners.length === 0 ? null : { matrix, corners };
}
