import { expect, test } from 'vitest';
import { classOf } from './colours';
import { histogramOf } from './histogram';

const breaks = [10, 20, 30, 40, 50, 60];

test('every value is counted once, also beyond the axis, and every bin has one colour', () => {
  const values = [-999, 9, 10, 25, 59.9, 60, 5000];
  const { bins, low, high } = histogramOf(values, breaks);
  expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
  for (const { from, to, ownClass } of bins) {
    expect(classOf(from, breaks)).toBe(ownClass);
    expect(classOf(to - 1e-9, breaks)).toBe(ownClass);
  }
  expect(low).toBeLessThan(10);
  expect(high).toBeGreaterThan(60);
});

test('a value on a break is counted in the class above it', () => {
  const { bins } = histogramOf([30], breaks);
  expect(bins.find(({ count }) => count === 1)?.ownClass).toBe(3);
});

test('what is inside a range is counted apart', () => {
  const { bins } = histogramOf([12, 13, 14], breaks, (i) => i !== 1);
  expect(bins.reduce((sum, { inside }) => sum + inside, 0)).toBe(2);
});

test('without classes, and without values, there is still an axis', () => {
  expect(histogramOf([1, 2, 3], []).bins.length).toBeGreaterThan(5);
  expect(histogramOf([4, 4], []).bins.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  expect(histogramOf([], []).bins).toEqual([]);
});
