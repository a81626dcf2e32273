import { expect, test } from 'vitest';
import type { AreaPage, Changes } from '../api/types';
import { changeLayer, changePage, pairsOf, sinceFor } from './change';
import { outcome } from './resolve.fixture';

const name = { nl: '', en: '' };
const of = (id: string, cohort: string, earlier?: string[]): ReturnType<typeof outcome> => outcome(id, name, { cohort, ...(earlier === undefined ? {} : { earlier }) });
const first = of('a_math', 'a', []);
const second = of('b_math', 'b', ['a_math']);
const third = of('c_math', 'c', ['b_math', 'a_math']);
const other = of('c_reading', 'c', ['a_reading']);
const old = of('a_reading', 'a');
const all = [first, second, third, other, old];

const ids = (id: string): string[] => pairsOf({ id }, all).map(({ later, earlier }) => `${later.id} ${earlier.id}`);

test('the pairs of an outcome are those that the release declares, its own changes first', () => {
  expect(ids('b_math')).toEqual(['b_math a_math', 'c_math b_math']);
  expect(ids('c_math')).toEqual(['c_math b_math', 'c_math a_math']);
  // Also of the earliest one; an id that is not in the release makes no pair.
  expect(ids('a_math')).toEqual(['b_math a_math', 'c_math a_math']);
  expect(pairsOf({ id: 'x' }, [of('x', 'c', ['gone'])])).toEqual([]);
});

test('another outcome is set against the same cohort, or against none', () => {
  expect(sinceFor('c_reading', 'a_math', all)).toBe('a_reading');
  expect(sinceFor('c_math', 'b_math', all)).toBe('b_math');
  expect(sinceFor('c_reading', 'b_math', all)).toBeNull();
  expect(sinceFor('a_reading', 'a_math', all)).toBeNull();
  expect(sinceFor('x', null, [of('x', 'c', ['gone'])])).toBeNull();
});

const changes: Changes = {
  outcome: 'b_math',
  earlier: 'a_math',
  level: 'municipality',
  group: 'income=all;all;all;all',
  areas: ['GM1', 'GM2'],
  n: [20, null],
  est_earlier: [0.5, 0.4],
  est_later: [0.6, 0.3],
  change: [0.1, -0.1],
  lwr: [0.08, null],
  upr: [0.12, null],
  noise_sd: [0, 0.02],
  differs: [true, null],
  breaks: [],
};

test('a change is a layer of differences that knows what is certain and where it began', () => {
  const layer = changeLayer(changes, 'key', 0.05);
  expect(layer).toMatchObject({ group: 'key', est: [0.1, -0.1], earlier: [0.5, 0.4], differs: [true, null], between: [] });
  // Half of 0.04 is less than half of the spread; without an interval nothing is reliable.
  expect(layer.reliability).toBe('AC');
});

test('the page of an area has its change only, and nothing where one of both figures is hidden', () => {
  const page: AreaPage = { area: 'GM2', name: 'Twee', level: 'municipality', level_label: name, parents: [], population: null, group: 'g', figures: [] };
  const layer = changeLayer(changes, 'key', 0.05);
  expect(changePage(page, layer)).toMatchObject({ group: 'key', figures: [{ outcome: 'b_math', est: -0.1, n: null, protection: 'noise', reliability: 'C' }] });
  expect(changePage({ ...page, area: 'GM3' }, layer).figures).toEqual([]);
});
