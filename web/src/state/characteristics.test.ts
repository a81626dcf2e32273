import { expect, test } from 'vitest';
import { AreaNames } from './areas';
import { isAvailable, isCharacteristic, loadCharacteristic, partsOf } from './characteristics';
import { parseGroup, type Group } from './group';
import { catalogue } from './resolve.fixture';

test('parts are of areas that both layers have', () => {
  expect([...partsOf({ areas: ['a', 'b', 'c'], n: [5, 5, null] }, { areas: ['b', 'a', 'c'], n: [0, 20, 9] })]).toEqual([['a', 0.25]]);
});

test('inhabitants come from the table of areas', async () => {
  const names = new AreaNames().with({ level: 'wijk', area: ['a', 'b'], name: ['', ''], parent: [null, null], population: [120, null] });
  const found = await loadCharacteristic('population', { outcome: 'o', level: 'wijk', axis: 'income' }, names, ['a', 'b', 'x']);
  expect([...found]).toEqual([['a', 120]]);
});

test('a characteristic needs its groups', () => {
  const group = parseGroup(catalogue.groups.default) as Group;
  expect(isAvailable('population', group, catalogue.groups)).toBe(true);
  expect(isAvailable('share_single', group, catalogue.groups)).toBe(true);
  expect(isAvailable('share_origin', group, catalogue.groups)).toBe(false);
  expect(isCharacteristic('share_single')).toBe(true);
  expect(isCharacteristic('c35_income')).toBe(false);
});
