import { expect, test } from 'vitest';
import type { AreaPage, Cohort, Figure } from '../api/types';
import { ageOf, deviationOf, gapOn, opensAt, rungsOf, standardised } from './ladder';
import { outcome } from './resolve.fixture';

const label = { nl: '', en: '' };
const cohort = (id: string): Cohort => ({ id, label, description: label, births: null, home_age: null });
const of = (id: string, own: string) => outcome(id, label, { cohort: own });
const figure = (est: number, half: number): Figure => ({ n: 100, est, lwr: est - half, upr: est + half });

test('the ladder goes from birth on, with a few outcomes of each cohort', () => {
  const outcomes = [of('c35_income', 'age35'), of('c35_gifts', 'age35'), of('c11_b_reading', 'b'), of('c11_b_math', 'b'), of('c00_sga', 'new')];
  const rungs = rungsOf(outcomes, [cohort('age35'), cohort('b'), cohort('new')]);
  expect(rungs.map(({ outcome: { id }, age }) => [id, age])).toEqual([['c00_sga', 0], ['c11_b_math', 11], ['c11_b_reading', 11], ['c35_income', 35]]);
});

test('a cohort of other outcomes has its first ones, at the end', () => {
  const outcomes = [...Array.from({ length: 9 }, (_, i) => of(`own_${i}`, 'mine')), of('c35_income', 'age35')];
  const rungs = rungsOf(outcomes, [cohort('mine'), cohort('age35')]);
  expect(rungs.map(({ outcome: { id } }) => id)).toEqual(['c35_income', 'own_0', 'own_1', 'own_2', 'own_3', 'own_4']);
  expect(ageOf('own_0')).toBeNull();
});

test('the deviation of children comes back from a published mean', () => {
  // 400 children with a standard deviation of 10: the mean has an error of 0.5.
  expect(deviationOf({ n: 400, est: 50, lwr: 50 - 1.959964 * 0.5, upr: 50 + 1.959964 * 0.5 })).toBeCloseTo(10, 9);
  expect(deviationOf({ n: null, est: 1, lwr: 0, upr: 2 })).toBeNull();
  expect(deviationOf(figure(1, 0))).toBeNull();
});

test('a standardised gap above zero is to the advantage of high parents', () => {
  expect(standardised(figure(4, 2), 10, 'higher')).toMatchObject({ est: 0.4, lwr: 0.2, upr: 0.6 });
  expect(standardised(figure(4, 2), 10, 'lower')).toMatchObject({ est: -0.4, lwr: -0.6, upr: -0.2 });
  expect(standardised(null, 10, 'higher')).toBeNull();
});

test('a gap needs both figures, and opens where zero is first left out', () => {
  const page = (est: number | null): AreaPage => ({
    area: 'a', name: '', level: 'nl', level_label: label, parents: [], population: null, group: 'g',
    figures: est === null ? [] : [{ outcome: 'o', ...figure(est, 1), reliability: 'A', protection: 'exact' }],
  });
  expect(gapOn(page(5), page(2), 'o').gap?.est).toBe(3);
  expect(gapOn(page(5), page(null), 'o')).toMatchObject({ minus: null, gap: null });
  expect(opensAt([null, figure(1, 2), figure(3, 2), figure(9, 1)])).toBe(2);
  expect(opensAt([figure(0, 1)])).toBe(-1);
});
