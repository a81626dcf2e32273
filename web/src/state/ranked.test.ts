import { expect, test } from 'vitest';
import type { Layer, Ranks } from '../api/types';
import { clearAreas, rankedOf, verdictAt } from './ranked';

const ranks: Ranks = {
  areas: ['GM1', 'GM2', 'GM3'],
  rank: [2, 1, null],
  low_all: [1, 1, null],
  high_all: [2, 2, null],
  of: [2, 2, null],
  tier: [1, 1, null],
  within: null,
  post: [0.42, 0.51, null],
  post_lwr: [0.4, 0.5, null],
  post_upr: [0.44, 0.52, null],
  differs: [true, false, null],
};

test('places are the simultaneous ranges, of all areas of the level', () => {
  const found = rankedOf(ranks);
  expect(found.get('GM1')).toEqual({ low: 1, high: 2, of: 2, within: null, group: 1, position: 2, differs: true, expected: { est: 0.42, lwr: 0.4, upr: 0.44 } });
  expect(found.has('GM3')).toBe(false);
});

test('small areas are ranked in the area around them', () => {
  expect(rankedOf({ ...ranks, within: ['PV1', null, null] }).get('GM1')?.within).toBe('PV1');
});

const layer: Layer = { outcome: 'o', level: 'municipality', group: 'g', areas: ['GM1', 'GM2', 'GM3'], n: [1, 1, 1], est: [5, 3, 4], lwr: [4, 2, 3], upr: [6, 4, 5], reliability: 'AAA' };

test('what clearly differs is what the server says of all areas together', () => {
  const found = rankedOf(ranks);
  expect(clearAreas(layer, found)).toEqual({ areas: new Set(['GM1']), isKnown: true });
  expect([0, 1, 2].map((row) => verdictAt(layer, row, found, 4.5))).toEqual(['higher', 'unsure', null]);
  expect(verdictAt(layer, 0, found, 6)).toBe('lower');
  expect(verdictAt(layer, 0, found, null)).toBeNull();
});

test('nothing is said before there is an answer, or where the answer knows nothing', () => {
  expect(clearAreas(layer, null)).toBeNull();
  expect(clearAreas(layer, rankedOf({ ...ranks, differs: [null, null, null] }))).toEqual({ areas: new Set(), isKnown: false });
});

test('a change brings along what is certain, and differs from nothing', () => {
  const change = { ...layer, est: [0.1, -0.1, 0.2], differs: [true, true, false] };
  expect(clearAreas(change, null)).toEqual({ areas: new Set(['GM1', 'GM2']), isKnown: true });
  expect([0, 1, 2].map((row) => verdictAt(change, row, null, 99))).toEqual(['higher', 'lower', 'unsure']);
});
