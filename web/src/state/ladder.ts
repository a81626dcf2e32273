/** The ladder of a life: for one place the gap between children of two groups of parents, from birth to thirty-five. */
import type { AreaPage, Cohort, Figure, Outcome } from '../api/types';
import { difference } from './gap';
import { variantOf } from './wording';

/** What stands for each age, by the ids of outcomes behind the prefix of their cohort; the first known ones are taken. */
const RUNGS: readonly string[] = [
  'preterm_birth', 'sga', 'infant_mortality',
  'math', 'reading', 'vwo_test', 'under_advice',
  'vwo', 'vmbo_gl', 'youth_protection',
  'high_school_attained', 'uni_followed', 'hbo_followed', 'young_parents',
  'income', 'hbo_attained', 'wealth', 'homeowner', 'employed', 'mhc',
];
const MOST_PER_AGE = 5;
const Z95 = 1.959964;

export interface Rung {
  outcome: Outcome;
  cohort: Cohort;
  /** The age that the outcome is about, from its id; null where ids do not say it. */
  age: number | null;
}

/** The age in the id of an outcome: `c35_income` is about 35. */
export function ageOf(outcome: string): number | null {
  const found = /^c(\d\d)_/.exec(outcome);
  return found === null ? null : Number(found[1]);
}

/** The outcome without the prefix of its cohort: `c11_a_math` is `math`. */
const nameOf = (outcome: string): string => outcome.replace(/^c\d\d_([ab]_)?/, '');

/** The outcomes on the ladder, youngest first; within a cohort in the order in which they are listed above. */
export function rungsOf(outcomes: readonly Outcome[], cohorts: readonly Cohort[]): Rung[] {
  // The ladder is of children and their parents; people by their own position have no place on it.
  const byCohort = cohorts.filter((cohort) => variantOf(cohort) === null).map((cohort) => {
    const own = outcomes.filter((outcome) => outcome.cohort === cohort.id);
    const known = own
      .filter(({ id }) => RUNGS.includes(nameOf(id)))
      .sort((a, b) => RUNGS.indexOf(nameOf(a.id)) - RUNGS.indexOf(nameOf(b.id)));
    return (known.length > 0 ? known : own)
      .slice(0, MOST_PER_AGE)
      .map((outcome): Rung => ({ outcome, cohort, age: ageOf(outcome.id) }));
  });
  const order = (rungs: Rung[]): number => rungs[0]?.age ?? Infinity;
  return byCohort.filter((rungs) => rungs.length > 0).sort((a, b) => order(a) - order(b)).flat();
}

/**
 * How much children differ in an outcome: the standard deviation behind a published mean, from its interval and number of
 * children. Null where one of them is not told, or nothing differs.
 */
export function deviationOf(mean: Figure | null): number | null {
  if (mean === null || mean.n === null || mean.lwr === null || mean.upr === null) return null;
  const deviation = ((mean.upr - mean.lwr) / 2 / Z95) * Math.sqrt(mean.n);
  return deviation > 0 ? deviation : null;
}

/**
 * A gap in standard deviations of children, turned so that above zero means that children of parents high up are better
 * off, where the outcome says what that is; null where either is not known.
 */
export function standardised(gap: Figure | null, deviation: number | null, polarity: Outcome['polarity']): Figure | null {
  if (gap === null || deviation === null) return null;
  const sign = polarity === 'lower' ? -1 : 1;
  const ends = [gap.lwr, gap.upr].map((end) => (end === null ? null : (sign * end) / deviation));
  const [lwr = null, upr = null] = sign > 0 ? ends : [...ends].reverse();
  return { n: gap.n, est: (sign * gap.est) / deviation, lwr, upr, noise_sd: (gap.noise_sd ?? 0) / deviation };
}

/** The gap of one outcome between two pages of the same area; null where one of the figures is hidden. */
export function gapOn(plus: AreaPage | null, minus: AreaPage | null, outcome: string): { plus: Figure | null; minus: Figure | null; gap: Figure | null } {
  const find = (page: AreaPage | null): Figure | null => page?.figures.find((figure) => figure.outcome === outcome) ?? null;
  const [high, low] = [find(plus), find(minus)];
  return { plus: high, minus: low, gap: high === null || low === null ? null : difference(high, low) };
}

/** The first rung, from birth on, at which a gap is clear: its interval leaves out zero. */
export const opensAt = (gaps: readonly (Figure | null)[]): number =>
  gaps.findIndex((gap) => gap !== null && gap.lwr !== null && gap.upr !== null && (gap.lwr > 0 || gap.upr < 0));
