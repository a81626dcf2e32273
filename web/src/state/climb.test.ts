import { expect, test } from 'vitest';
import type { Outcome } from '../api/types';
import { climbOf, ladderOf } from './climb';

const one = (id: string, measure: string, of: string | null, more: Partial<Outcome> = {}): Outcome =>
  ({ id, measure, of, theme: 'mobility', cohort: 'age35', ...more }) as Outcome;
const matrix = { classes: 5, step: 0.01, shares: [] };
const slope = one('c35_income_perc_slope', 'slope', 'c35_income_perc', { transitions: matrix });
const climbs = one('c35_top_20_income_q1q5', 'q1q5', 'c35_top_20_income');
const falls = one('c35_bottom_20_income_q5q1', 'q5q1', 'c35_bottom_20_income');
const household = one('c35_top_20_household_income_q1q5', 'q1q5', 'c35_top_20_household_income');
const outcomes = [one('c35_income_perc', 'expectation', null), slope, household, falls, climbs];

test('outcomes of one ladder are known by their ids', () => {
  expect(ladderOf('c35_income_perc')).toBe('c35_income');
  expect(ladderOf('c35_bottom_20_household_income')).toBe('c35_household_income');
  expect(ladderOf('wl_income_10_perc')).toBe(ladderOf('wl_top_20_income_10'));
});

test('every measure over a ladder leads to its matrix and its corners, and to no other ladder', () => {
  for (const from of [slope, climbs, falls]) {
    expect(climbOf(from, outcomes)).toEqual({
      matrix,
      corners: [{ from: 'bottom', to: 'top', outcome: climbs }, { from: 'top', to: 'bottom', outcome: falls }],
    });
  }
  expect(climbOf(household, outcomes)).toEqual({ matrix: null, corners: [{ from: 'bottom', to: 'top', outcome: household }] });
});

test('other outcomes, other cohorts, and releases without measures have none', () => {
  expect(climbOf(one('c35_income_perc', 'expectation', null), outcomes)).toBeNull();
  expect(climbOf({ ...slope, theme: 'gaps' }, outcomes)).toBeNull();
  expect(climbOf({ ...slope, cohort: 'age21' }, outcomes)).toBeNull();
  const { of: _of, measure: _measure, ...old } = slope;
  expect(climbOf(old, outcomes)).toBeNull();
  expect(climbOf(slope, [{ ...slope, transitions: { ...matrix, classes: 10 } }])).toBeNull();
});
