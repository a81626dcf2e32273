import { expect, test } from 'vitest';
import { CLASSES, classesOf, classOf, coloursFor, HATCHED, palette } from './colours';

const breaks = [10, 20, 30, 40, 50, 60];

test('a value on a break belongs to the class above it', () => {
  expect([5, 10, 15, 20, 35, 59.9, 60, 999].map((value) => classOf(value, breaks))).toEqual([0, 1, 1, 2, 3, 5, 6, 6]);
});

test('without breaks there is one class', () => {
  expect(classOf(12, [])).toBe(0);
  expect(coloursFor('higher', false)).toHaveLength(1);
});

test('areas without a figure are hatched, figures of unknown areas are ignored', () => {
  const index = new Map([['GM0001', 0], ['GM0002', 1], ['GM0003', 2]]);
  expect([...classesOf(index, ['GM0003', 'GM9999', 'GM0001'], [70, 1, 5], breaks)]).toEqual([0, HATCHED, 6]);
});

test('blue stands for the favourable side in both directions', () => {
  expect(palette('higher')[CLASSES - 1]).toBe(palette('lower')[0]);
  expect(palette('higher')[0]).toBe(palette('lower')[CLASSES - 1]);
});

test('every palette has seven different colours', () => {
  for (const polarity of ['higher', 'lower', 'none'] as const) expect(new Set(palette(polarity)).size).toBe(CLASSES);
});
