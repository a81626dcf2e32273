import { expect, test } from 'vitest';
import type { Layer } from '../api/types';
import { rowsOf, sortCells, sortRows } from './table';

const layer: Layer = {
  outcome: 'c35_income',
  level: 'municipality',
  group: 'income=all;all;all;all',
  areas: ['GM0001', 'GM0002', 'GM0003'],
  n: [300, 10, 20],
  est: [3, 1, 2],
  lwr: [2.5, null, 1],
  upr: [3.5, null, 3],
  reliability: 'ACB',
};
const names: Record<string, string> = { GM0001: 'Zwolle', GM0002: 'Élst', GM0003: 'Elburg' };
const rows = rowsOf(layer, (id) => names[id] ?? id, () => 'x');
const order = (...args: [Parameters<typeof sortRows>[1], boolean]): string[] =>
  sortRows(rows, ...args, 'nl').map(({ name }) => name);

test('rows carry the letter of their own area', () => {
  expect(rows.map(({ reliability }) => reliability)).toEqual(['A', 'C', 'B']);
});

test('numbers sort as numbers, in both directions', () => {
  expect(order('n', true)).toEqual(['Élst', 'Elburg', 'Zwolle']);
  expect(order('est', false)).toEqual(['Zwolle', 'Elburg', 'Élst']);
});

test('names sort as people expect, accents beside their letter', () => {
  expect(order('name', true)).toEqual(['Elburg', 'Élst', 'Zwolle']);
  const odd = rows.map((row, i) => ({ ...row, name: ["'s-Gravenhage", 'Aalten', 'Texel'][i] ?? '' }));
  expect(sortRows(odd, 'name', true, 'nl').map(({ name }) => name)).toEqual(['Aalten', "'s-Gravenhage", 'Texel']);
});

test('what is not known comes last in both directions', () => {
  expect(order('lwr', true).at(-1)).toBe('Élst');
  expect(order('lwr', false).at(-1)).toBe('Élst');
});

test('ties go by name', () => {
  expect(order('within', false)).toEqual(['Elburg', 'Élst', 'Zwolle']);
});

test('a plain table is sorted by any of its cells, what is not known last', () => {
  const plain = [3, null, 1].map((value, i) => ({ id: i, cells: [{ value: 'abc'.charAt(i) }, { value }] }));
  expect(sortCells(plain, 1, true, 'nl').map(({ id }) => id)).toEqual([2, 0, 1]);
  expect(sortCells(plain, 1, false, 'nl').map(({ id }) => id)).toEqual([0, 2, 1]);
  expect(sortCells(plain, 0, false, 'nl').map(({ id }) => id)).toEqual([2, 1, 0]);
});
