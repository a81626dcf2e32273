import { expect, test } from 'vitest';
import { withLimits } from './layer';

const sent = { outcome: 'o', level: 'nl', group: 'g', areas: ['A', 'B'], n: [10, 20], reliability: 'AB' };

test('limits follow from margin and skew, rounded like the estimate', () => {
  const layer = withLimits({ ...sent, est: [0.2912, 0.5], margin: [0.0123, null], skew: [-1, 0], digits: 4 });
  expect(layer.lwr).toEqual([0.2789, null]);
  expect(layer.upr).toEqual([0.3034, null]);
});

test('without skew the interval is symmetric', () => {
  expect(withLimits({ ...sent, est: [100, 50], margin: [10, 5], digits: 0 }).upr).toEqual([110, 55]);
});

test('limits that are sent as they are stay as they are', () => {
  const layer = withLimits({ ...sent, est: [1.23456789, 2], lwr: [1.1, null], upr: [1.3, null], digits: null });
  expect([layer.lwr, layer.upr]).toEqual([[1.1, null], [1.3, null]]);
});
