import { expect, test } from 'vitest';
import type { Layer } from '../api/types';
import { AreaNames } from './areas';
import { idOfKeyFigure, isAvailable, isCharacteristic, keyFigureOf, loadCharacteristic, looksOf, partsOf, valuesOf } from './characteristics';
import { parseGroup, type Group } from './group';
import { catalogue } from './resolve.fixture';

const counted = (areas: string[], n: (number | null)[], noise_sd: number[] | null = null): Layer => ({
  outcome: 'o', level: 'wijk', group: 'g', areas, n, est: n.map(() => 0), lwr: [], upr: [], reliability: '', noise_sd,
});

test('parts are of areas that both layers have', () => {
  const found = partsOf(counted(['a', 'b', 'c'], [5, 5, null]), counted(['b', 'a', 'c'], [0, 20, 9]), 3);
  expect([...found]).toEqual([['a', { value: 0.25, noise: 0 }]]);
});

test('noise on the numbers goes on into the part', () => {
  const [one] = partsOf(counted(['a'], [5], [0.1]), counted(['a'], [20], [0.1]), 3).values();
  // The delta method: both numbers have a variance of 3, the second counts for a part of 0.25.
  expect(one?.noise).toBeCloseTo(Math.sqrt(3 * (1 + 0.25 ** 2)) / 20, 12);
  expect(partsOf(counted(['a'], [5], [0.1]), counted(['a'], [20]), 3).get('a')?.noise).toBeCloseTo(Math.sqrt(3) / 20, 12);
});

test('inhabitants come from the table of areas', async () => {
  const names = new AreaNames().with({ level: 'wijk', area: ['a', 'b'], name: ['', ''], parent: [null, null], population: [120, null] });
  const found = await loadCharacteristic('population', { outcome: 'o', level: 'wijk', axis: 'income' }, names, ['a', 'b', 'x'], 0);
  expect([...found]).toEqual([['a', { value: 120, noise: 0 }]]);
});

test('a characteristic needs its groups', () => {
  const group = parseGroup(catalogue.groups.default) as Group;
  expect(isAvailable('population', group, catalogue.groups)).toBe(true);
  expect(isAvailable('share_single', group, catalogue.groups)).toBe(true);
  expect(isAvailable('share_origin', group, catalogue.groups)).toBe(false);
  expect(isCharacteristic('share_single')).toBe(true);
  expect(isCharacteristic('c35_income')).toBe(false);
});

test('key figures have ids that no outcome has, and areas without one are absent', () => {
  const label = { nl: 'x', en: 'x' };
  const density = { id: 'density', label, source: label, kind: 'count' as const, log: true, values: [4700.5, null, 0] };
  const known = { level: 'wijk', area: ['a', 'b', 'c'], characteristics: [density] };
  expect(idOfKeyFigure(density)).toBe('kern.density');
  expect(isCharacteristic('kern.density')).toBe(true);
  expect(keyFigureOf('kern.density', known)).toBe(density);
  expect(keyFigureOf('kern.density', null)).toBeNull();
  expect(keyFigureOf('density', known)).toBeNull();
  expect(looksOf('kern.density', known)).toEqual({ kind: 'count', isLog: true });
  expect(looksOf('population', known)).toEqual({ kind: 'count', isLog: true });
  expect(looksOf('share_single', known)).toEqual({ kind: 'share', isLog: false });
  expect([...valuesOf(density, known.area)]).toEqual([['a', { value: 4700.5, noise: 0 }]]);
  expect(valuesOf(null, known.area).size).toBe(0);
});
