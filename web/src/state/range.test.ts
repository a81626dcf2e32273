import { expect, test } from 'vitest';
import { formatRange, parseRange, roundTo, select, stepOf } from './range';

const layer = {
  areas: ['a', 'b', 'c', 'd'],
  n: [10, 20, 30, 40],
  est: [1, 2, 3, 4],
  lwr: [0.5, 1.4, 2.9, 3.9],
  upr: [1.6, 2.6, 3.1, null],
};
const range = { low: 1.5, high: 3, outcome: 'o', group: 'g' };

test('areas in the range are counted with their children, and how many could be elsewhere', () => {
  const { inside, known, children, crossing } = select(layer, range);
  expect([...inside]).toEqual(['b', 'c']);
  expect([known, children]).toEqual([4, 50]);
  // a and b reach over 1.5, c over 3; d is known to lie above.
  expect(crossing).toBe(3);
});

test('children are not counted where a release does not tell them', () => {
  expect(select({ ...layer, n: [null, 20, null, 40] }, range).children).toBeNull();
});

test('ends of a range are round', () => {
  expect(stepOf(12_000)).toBe(100);
  expect(roundTo(0.1 + 0.2, 0.1)).toBe(0.3);
});

test('a range survives the address', () => {
  expect(parseRange(formatRange(range))).toEqual(range);
});
