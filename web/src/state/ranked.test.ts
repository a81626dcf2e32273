import { expect, test } from 'vitest';
import type { Ranks } from '../api/types';
import { rankedOf } from './ranked';

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
