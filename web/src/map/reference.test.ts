import { expect, test } from 'vitest';
import type { Breaks } from '../api/types';
import { classOf } from './colours';
import { PEERS, peerMeans, scaleOf, shiftBreaks, shiftOver } from './reference';

const label = { nl: 'het landelijke cijfer', en: 'the national figure' };
const income: Breaks = {
  reference: 32_598,
  reference_label: label,
  values: [29_600, 30_800, 32_000, 33_200, 34_400, 35_600],
};
const university: Breaks = {
  reference: 0.1768,
  reference_label: label,
  values: [0.105, 0.135, 0.165, 0.19, 0.22, 0.245],
};
const only = (est: number | null): { est: number | null; ofArea: null } => ({ est, ofArea: null });
const steps = (values: readonly number[]): number[] =>
  values.slice(1).map((value, i) => Number((value - (values[i] as number)).toPrecision(9)));

test('a shift keeps every step and stays as round as the frozen breaks', () => {
  const shifted = shiftBreaks(income, 29_221);
  expect(shifted).toEqual([26_200, 27_400, 28_600, 29_800, 31_000, 32_200]);
  expect(steps(shiftBreaks(university, 0.0507))).toEqual(steps(university.values));
  expect(shiftBreaks(university, 0.0507)).toEqual([-0.021, 0.009, 0.039, 0.064, 0.094, 0.119]);
});

test('the reference keeps its place in the middle class', () => {
  for (const national of [18_437, 29_221, 32_598, 43_438]) {
    expect(classOf(national, shiftBreaks(income, national))).toBe(classOf(income.reference, income.values));
  }
});

test('coarse breaks are not shifted by coarse steps', () => {
  const coarse = { ...income, reference: 25, values: [10, 20, 30, 40] };
  expect(shiftBreaks(coarse, 31)).toEqual([16, 26, 36, 46]);
});

test('for everyone the frozen breaks themselves come back, so that nothing is painted anew', () => {
  expect(scaleOf(income, 'everyone', only(29_221)).breaks).toBe(income.values);
  expect(scaleOf(income, 'everyone', only(29_221))).toMatchObject({ reference: 32_598, of: 'everyone' });
});

test('a group without a national figure, and an outcome without classes, fall back', () => {
  expect(scaleOf(income, 'group', only(null))).toEqual({ breaks: income.values, reference: 32_598, of: 'everyone', ofArea: null });
  expect(scaleOf(null, 'group', only(3))).toEqual({ breaks: [], reference: null, of: 'everyone', ofArea: null });
  expect(scaleOf(income, 'group', only(29_221))).toMatchObject({ reference: 29_221, of: 'group' });
});

test('a place is a reference like the group is', () => {
  expect(scaleOf(income, 'place:GM0363', only(29_221))).toMatchObject({ reference: 29_221, of: 'place:GM0363' });
  expect(scaleOf(income, 'place:GM0363', only(null)).of).toBe('everyone');
});

test('areas with a figure of their own to compare with are read as differences', () => {
  const scale = scaleOf(income, 'province', { est: null, ofArea: (area) => (area === 'GM0001' ? 33_598 : null) });
  expect(scale.breaks).toEqual([-3000, -1800, -600, 600, 1800, 3000]);
  expect(scale.reference).toBe(0);
  const shift = shiftOver(scale, ['GM0001', 'GM0002']);
  expect(shift?.(0)).toBe(33_598);
  expect(shift?.(1)).toBeNaN();
  expect(shiftOver(scaleOf(income, 'everyone', only(null)), ['GM0001'])).toBeNull();
});

test('peers are the nearest in size, as a ratio, and never the area itself', () => {
  const people: Record<string, number> = { a: 10, b: 100, c: 1000, d: 11 };
  const means = peerMeans(['a', 'b', 'c', 'd', 'x'], [1, 2, 3, 4, 99], (area) => people[area] ?? null);
  expect(means.get('a')).toBe((2 + 3 + 4) / 3);
  expect(means.has('x')).toBe(false);
  const many = Array.from({ length: 50 }, (_, i) => i);
  const mean = peerMeans(many.map(String), many, (area) => 1000 + Number(area)).get('0');
  expect(mean).toBe((PEERS + 1) / 2);
});
