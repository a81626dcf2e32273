import { expect, test } from 'vitest';
import type { Outcome, Spells } from '../api/types';
import { nationalOutcomes, nationOf, trendLine } from './nation';

const matrix = { classes: 5, step: 0.01, shares: [] };
const spells = {
  by_year: { place: [2003, 2004, 2005, 2019], est: [0.4, 0.3, 0.2, 0.9], lwr: [], upr: [], step: [], lengths: 3 },
  trend: { first: 2003, last: 2005, years: 3, est: -0.1, lwr: -0.2, upr: 0, weighted: 0, p: 1 },
} as unknown as Spells;
const outcome = (id: string, more: Partial<Outcome>): Outcome => ({ id, cohort: 'working_life', theme: 'income', of: null, ...more }) as Outcome;
const all = [
  outcome('wl_income_10_perc', { weighted: { est: 0.5, lwr: 0.4, upr: 0.6, step: 0.01, by: [] } }),
  outcome('wl_income_10_perc_own_slope', { of: 'wl_income_10_perc', measure: 'own_slope', theme: 'mobility', transitions: matrix }),
  outcome('wl_low_left_1', { spells }),
  outcome('wl_income', {}),
  outcome('c35_income_perc', { cohort: 'age35' }),
];

test('what is told of the country stands beside the outcome that it is about', () => {
  const kinds = (id: string): string[] => Object.entries(nationOf(all.find((one) => one.id === id) as Outcome, all) ?? {}).flatMap(([name, value]) => (value === null ? [] : [name]));
  expect(kinds('wl_low_left_1')).toEqual(['spells']);
  expect(kinds('wl_income_10_perc')).toEqual(['weighted', 'climb']);
  expect(kinds('wl_income_10_perc_own_slope')).toEqual(['climb']);
  expect(kinds('wl_income')).toEqual([]);
  expect(kinds('c35_income_perc')).toEqual([]);
});

test('outcomes with something of the country are listed, spells first', () => {
  expect(nationalOutcomes(all).map(({ id }) => id)).toEqual(['wl_low_left_1', 'wl_income_10_perc', 'wl_income_10_perc_own_slope']);
});

test('the line of the trend goes through the middle of its own years', () => {
  const [from, to] = trendLine(spells) ?? [];
  expect(from?.x).toBe(2003);
  expect(from?.y).toBeCloseTo(0.4);
  expect(to?.y).toBeCloseTo(0.2);
  expect(trendLine({ ...spells, trend: null })).toBeNull();
});
