import { expect, test } from 'vitest';
import { axisFor, placeOn, ticksBetween, tickStep } from './axis';

test('ticks are round and inside', () => {
  expect(ticksBetween(28_300, 36_900, 5)).toEqual([30_000, 32_000, 34_000, 36_000]);
  expect(ticksBetween(-0.12, 0.31, 4)).toEqual([-0.1, 0, 0.1, 0.2, 0.3]);
  expect(ticksBetween(5, 5, 4)).toEqual([5]);
});

test('an axis holds all figures, and cuts an interval that is out of all proportion', () => {
  const axis = axisFor(
    [
      { est: 30, lwr: 29, upr: 31 },
      { est: 34, lwr: 33, upr: 35 },
      { est: 32, lwr: -500, upr: 600 },
    ],
    4,
  );
  expect(axis.low).toBeLessThan(29);
  expect(axis.low).toBeGreaterThan(20);
  expect(axis.high).toBeLessThan(45);
});

test('an axis stays inside what can be, and without figures there is one', () => {
  expect(axisFor([{ est: 0.02, lwr: -0.1, upr: 0.1 }], 4, [0, 1]).low).toBe(0);
  expect(axisFor([], 4).high).toBe(1);
});

test('a value outside the axis is drawn at its end', () => {
  const place = placeOn({ low: 10, high: 20 }, 100);
  expect([5, 10, 15, 99].map(place)).toEqual([0, 0, 50, 100]);
});

test('ticks are left out evenly until none touches the next, whatever their widths', () => {
  const ticks = (places: number[], width: number) => places.map((at) => ({ at, width }));
  expect(tickStep(ticks([0, 50, 100], 40), 4)).toBe(1);
  expect(tickStep(ticks([0, 40, 80, 120], 40), 4)).toBe(2);
  expect(tickStep(ticks([0, 10, 20, 30, 40, 50], 40), 4)).toBe(5);
  expect(tickStep([{ at: 0, width: 10 }, { at: 30, width: 60 }, { at: 90, width: 10 }], 4)).toBe(2);
  expect(tickStep(ticks([5, 5], 30), 4)).toBe(2);
  expect([tickStep([], 4), tickStep(ticks([3], 99), 4)]).toEqual([1, 1]);
});
