import { expect, test } from 'vitest';
import { correlate, strengthOf } from './correlation';

test('a correlation and its interval', () => {
  // Anscombe's first data set: r = 0.8164; with 11 points the interval is (0.424, 0.951).
  const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
  const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
  const found = correlate(x, y);
  expect(found?.r).toBeCloseTo(0.81642, 5);
  expect(found?.low).toBeCloseTo(0.4244, 3);
  expect(found?.high).toBeCloseTo(0.9507, 3);
  expect(strengthOf(found!)).toBe('strong');
});

test('perfect, constant and too few', () => {
  expect(correlate([1, 2, 3, 4], [2, 4, 6, 8])).toEqual({ r: 1, low: 1, high: 1, n: 4 });
  expect(correlate([1, 1, 1], [1, 2, 3])).toBeNull();
  expect(correlate([1, 2], [1, 2])).toBeNull();
  expect(correlate([1, 2, 3], [1, 3, 2])).toMatchObject({ low: null, high: null });
});

test('an interval that holds zero is no association', () => {
  expect(strengthOf({ r: 0.2, low: -0.1, high: 0.4, n: 50 })).toBe('none');
  expect(strengthOf({ r: -0.2, low: -0.3, high: -0.1, n: 500 })).toBe('weak');
  expect(strengthOf({ r: -0.5, low: -0.6, high: -0.4, n: 500 })).toBe('fair');
});
