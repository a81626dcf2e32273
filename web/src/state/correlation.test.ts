import { expect, test } from 'vitest';
import { correlate, reliabilityOf, strengthOf, withoutChance } from './correlation';

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

test('chance in one figure weakens a correlation, and is taken out again', () => {
  // y = x without chance; a known error of half the standard deviation of x leaves a reliability of 0.8.
  const wave = (i: number): number => Math.sin(i * 12.9898) * 43758.5453 - Math.floor(Math.sin(i * 12.9898) * 43758.5453);
  const normal = (i: number): number => Math.sqrt(-2 * Math.log(wave(2 * i + 1) || 0.5)) * Math.cos(2 * Math.PI * wave(2 * i + 2));
  const x = Array.from({ length: 4000 }, (_, i) => normal(i));
  const y = x.map((value, i) => value + 0.5 * normal(i + 10_000));
  const half = 0.5 * 1.959964;
  const reliability = reliabilityOf(y, y.map((value) => value - half), y.map((value) => value + half));
  expect(reliability).toBeCloseTo(0.8, 1);
  const found = correlate(x, y);
  expect(found?.r).toBeCloseTo(Math.sqrt(0.8), 1);
  expect(withoutChance(found!, reliability!).r).toBeGreaterThan(0.96);
});

test('where all is chance, or intervals are missing, nothing is put right', () => {
  const y = Array.from({ length: 20 }, (_, i) => i % 2);
  expect(reliabilityOf(y, y.map((value) => value - 5), y.map((value) => value + 5))).toBeNull();
  expect(reliabilityOf(y, y.map(() => null), y.map(() => null))).toBeNull();
  expect(reliabilityOf(y.slice(0, 5), [], [])).toBeNull();
  expect(withoutChance({ r: 0.9, low: 0.8, high: 0.95, n: 20 }, 0.25)).toEqual({ r: 1, low: 1, high: 1, n: 20 });
});
