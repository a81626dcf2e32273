/** What is told of the whole country only, beside an outcome: spells, who climbs and who stays, and those who are gone. */
import type { Outcome, Spells, Weighted } from '../api/types';
import { type Climb, climbOf, ladderOf } from './climb';

/** A straight line through figures, from end to end. */
export type Straight = [from: { x: number; y: number }, to: { x: number; y: number }];

export interface Nation {
  spells: Spells | null;
  weighted: Weighted | null;
  climb: Climb | null;
}

/** The transition matrix of the ladder that an outcome is on, where a measure over it has one. */
function climbBeside(outcome: Outcome, outcomes: readonly Outcome[]): Climb | null {
  const own = climbOf(outcome, outcomes);
  const over = outcomes.find(({ cohort, of, transitions }) => transitions != null && cohort === outcome.cohort && of != null && ladderOf(of) === ladderOf(outcome.id));
  const found = own ?? (over === undefined ? null : climbOf(over, outcomes));
  // The corners alone are of areas.
  return found?.matrix == null ? null : found;
}

/** What there is of an outcome; null where there is nothing. */
export function nationOf(outcome: Outcome, outcomes: readonly Outcome[]): Nation | null {
  const { spells = null, weighted = null } = outcome;
  const climb = climbBeside(outcome, outcomes);
  return spells === null && weighted === null && climb === null ? null : { spells, weighted, climb };
}

/** The outcomes of which something is told of the country only, spells first. */
export const nationalOutcomes = (outcomes: readonly Outcome[]): Outcome[] =>
  outcomes
    .filter((one) => one.spells != null || one.weighted != null || one.transitions != null)
    .sort((a, b) => Number(b.spells != null) - Number(a.spells != null));

/** The trend as a line: through the mean of the years that it is over, as least squares would go with equal weights. */
export function trendLine({ by_year: { place, est }, trend }: Spells): Straight | null {
  if (trend === null) return null;
  const within = place.flatMap((year, i) => (year >= trend.first && year <= trend.last ? [{ year, est: est[i] ?? 0 }] : []));
  if (within.length === 0) return null;
  const mean = (of: number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;
  const [middle, level] = [mean(within.map(({ year }) => year)), mean(within.map((one) => one.est))];
  const at = (x: number): { x: number; y: number } => ({ x, y: level + (x - middle) * trend.est });
  return [at(trend.first), at(trend.last)];
}
