import { expect, test } from 'vitest';
import { errorOf, rank } from './ranks';

test('figures that are far apart have one rank each', () => {
  const { ranges, order, groups } = rank([1, 3, 2], [0.01, 0.01, 0.01]);
  expect(ranges).toEqual([{ low: 3, high: 3 }, { low: 1, high: 1 }, { low: 2, high: 2 }]);
  expect(order).toEqual([1, 2, 0]);
  expect(groups).toEqual([0, 1, 2]);
});

test('figures that cannot be told apart share all ranks, in one group', () => {
  const { ranges, groups } = rank([1, 3, 2], [10, 10, 10]);
  expect(ranges).toEqual(Array.from({ length: 3 }, () => ({ low: 1, high: 3 })));
  expect(groups).toEqual([0, 0, 0]);
});

test('of two clear groups the ranks do not mix', () => {
  const { ranges, groups } = rank([10, 10.1, 1, 1.1], [0.5, 0.5, 0.5, 0.5]);
  expect(ranges).toEqual([{ low: 1, high: 2 }, { low: 1, high: 2 }, { low: 3, high: 4 }, { low: 3, high: 4 }]);
  expect(groups).toEqual([0, 0, 1, 1]);
});

test('a figure without an error may have any rank, and exact figures are certain', () => {
  expect(rank([5, 1], [NaN, 0.01]).ranges).toEqual([{ low: 1, high: 2 }, { low: 1, high: 2 }]);
  expect(rank([5, 1], [0, 0]).ranges).toEqual([{ low: 1, high: 1 }, { low: 2, high: 2 }]);
  expect(rank([], []).ranges).toEqual([]);
});

test('the critical value is that of the studentised range', () => {
  // For K equal errors the largest |difference| / error of difference is the studentised range over √2: for 10 figures
  // its 95 % point is 4.474 (infinite degrees of freedom), so differences count from 4.474 / √2 × √2 = 4.474 errors.
  const others = Array.from({ length: 8 }, () => 0);
  const isTold = (distance: number): boolean => (rank([distance, -distance, ...others].map((x) => x / 2), Array.from({ length: 10 }, () => 1), 20_000).ranges[0]?.high ?? 0) < 10;
  expect(isTold(4.3)).toBe(false);
  expect(isTold(4.65)).toBe(true);
});

test('all ranges hold together in 95 of 100 trials', () => {
  // Twelve true values, measured a hundred times: the share of trials in which every true rank lies in its range.
  let seed = 7;
  const uniform = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const truth = Array.from({ length: 12 }, (_, i) => i * 0.8);
  let held = 0;
  for (let trial = 0; trial < 100; trial += 1) {
    const { ranges } = rank(truth.map((value) => value + normal()), truth.map(() => 1), 300);
    if (ranges.every(({ low, high }, i) => low <= 12 - i && 12 - i <= high)) held += 1;
  }
  expect(held).toBeGreaterThanOrEqual(92);
});

test('the error comes back from an interval', () => {
  expect(errorOf(0, 2 * 1.959964)).toBeCloseTo(1, 9);
  expect(errorOf(null, 1)).toBeNaN();
});
