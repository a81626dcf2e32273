import { expect, test } from 'vitest';
import type { AreaPage, Figure, Layer } from '../api/types';
import { certaintyOf, difference, formatGap, gapBreaks, gapGroups, gapLayer, gapPage, isDifferenceKey, isKnownGap, lessPlace, parseGap, reliabilityOf, shownKey } from './gap';
import { parseGroup, type Group } from './group';
import { catalogue } from './resolve.fixture';

const group = parseGroup('income=all;women;all;single') as Group;
const gap = { dimension: 'position', plus: 'mid', minus: 'low' } as const;
const layer = (areas: string[], est: number[], half: number): Layer => ({
  outcome: 'o',
  level: 'municipality',
  group: 'g',
  areas,
  n: est.map(() => 100),
  est,
  lwr: est.map((value) => value - half),
  upr: est.map((value) => value + half),
  reliability: 'A'.repeat(est.length),
});

test('a gap replaces one dimension of the group and keeps the others', () => {
  expect(gapGroups(group, gap).map(({ position, sex, household }) => [position, sex, household])).toEqual([
    ['mid', 'women', 'single'],
    ['low', 'women', 'single'],
  ]);
  expect(parseGap(formatGap(gap))).toEqual(gap);
  expect(isKnownGap(gap, 'income', catalogue.groups)).toBe(true);
  expect(isKnownGap({ ...gap, plus: 'x' }, 'income', catalogue.groups)).toBe(false);
});

test('what is shown is the same whatever the group has where the gap is', () => {
  expect(shownKey(group, gap)).toBe(shownKey({ ...group, position: 'mid' }, gap));
  expect(shownKey(group, null)).toBe('income=all;women;all;single');
});

test('the interval of a difference is as wide as independent figures make it', () => {
  const found = difference({ n: 10, est: 5, lwr: 2, upr: 8 }, { n: 20, est: 1, lwr: -3, upr: 5 });
  expect(found).toEqual({ n: 30, est: 4, lwr: -1, upr: 9, noise_sd: 0 });
  expect(difference({ n: null, est: 5, lwr: null, upr: 8 }, { n: 20, est: 1, lwr: 0, upr: 2 })).toEqual({ n: null, est: 4, lwr: null, upr: null, noise_sd: 0 });
});

test('areas where one of the two is hidden have no gap', () => {
  const made = gapLayer(layer(['a', 'b', 'c'], [5, 6, 7], 3), layer(['c', 'a'], [1, 1], 4), 'key', 10);
  expect(made).toMatchObject({ areas: ['a', 'c'], est: [4, 6], lwr: [-1, 1], upr: [9, 11], group: 'key', reliability: 'AA' });
});

test('the page of an area holds the gaps of all outcomes that both groups have', () => {
  const page = (est: number): AreaPage => ({
    area: 'a', name: 'A', level: 'municipality', level_label: { nl: '', en: '' }, parents: [], population: null, group: 'g',
    figures: [{ outcome: 'o', n: 5, est, lwr: est - 3, upr: est + 3, reliability: 'A', protection: 'exact' }],
  });
  expect(gapPage(page(9), page(2), 'key', [{ id: 'o', spread: 10 }]).figures[0]).toMatchObject({ est: 7, reliability: 'A' });
  expect(gapPage(page(9), { ...page(2), figures: [] }, 'key', []).figures).toEqual([]);
});

test('reliability goes by the half width in units of the spread', () => {
  expect([5, 5.1, 15, 15.1, NaN].map((half) => reliabilityOf(half, 10)).join('')).toBe('ABBCC');
  expect(reliabilityOf(1, null)).toBe('C');
});

test('classes of a gap lie around zero, coarser where the national gap is large', () => {
  expect(gapBreaks({ spread: 2000 }, 500)?.values).toEqual([-2500, -1500, -500, 500, 1500, 2500]);
  expect(gapBreaks({ spread: 2000 }, -11_000)?.values).toEqual([-12_500, -7500, -2500, 2500, 7500, 12_500]);
  expect(gapBreaks({ spread: 2000 }, null)?.values).toEqual(gapBreaks({ spread: 2000 }, 500)?.values);
  expect(gapBreaks({ spread: null }, 1)).toBeNull();
});

test('the noise of two figures adds up as their variances do', () => {
  const figure = (noise_sd: number): Figure => ({ n: 1, est: 1, lwr: 0, upr: 2, noise_sd });
  expect(difference(figure(3), figure(4)).noise_sd).toBe(5);
  expect(gapLayer({ ...layer(['a'], [1], 1), noise_sd: [3] }, layer(['a'], [2], 1), 'k', 1).noise_sd).toEqual([3]);
});

test('less a place, every area has the errors of both figures, and the place itself is nothing', () => {
  const own = { ...layer(['a', 'b'], [10, 20], 3), noise_sd: [0, 4] };
  const less = lessPlace(own, 'b', { n: 50, est: 20, lwr: 16, upr: 24, noise_sd: 4 }, 'k', 10);
  expect(less.est).toEqual([-10, 0]);
  expect([less.lwr, less.upr]).toEqual([[-15, 0], [-5, 0]]);
  expect(less.noise_sd).toEqual([4, 0]);
  expect(less.n).toEqual([100, 100]);
  expect(less.reliability).toBe('AA');
  expect(lessPlace(own, 'b', null, 'k', 10).areas).toEqual([]);
});

test('a difference is certain when its interval leaves out zero', () => {
  expect([certaintyOf({ lwr: 1, upr: 3 }), certaintyOf({ lwr: -3, upr: -1 }), certaintyOf({ lwr: -1, upr: 1 }), certaintyOf({ lwr: null, upr: null })]).toEqual(['higher', 'lower', 'unsure', 'unsure']);
  expect(certaintyOf({ lwr: 1, upr: 3 }, 2)).toBe('unsure');
});

test('what is known by a key says whether it tells differences', () => {
  expect(isDifferenceKey(shownKey(group, null))).toBe(false);
  expect(shownKey(group, null, 'GM0363')).toBe('income=all;women;all;single~GM0363');
  expect(isDifferenceKey(shownKey(group, gap, 'GM0363'))).toBe(true);
});
