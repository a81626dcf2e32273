import { expect, test } from 'vitest';
import { AreaNames } from './areas';

const names = new AreaNames()
  .with({ level: 'wijk', area: ['WK001400', 'WK001401'], name: ['Centrum', 'Oud-Zuid'], parent: ['GM0014', 'GM0014'], population: [1, 2] })
  .with({ level: 'municipality', area: ['GM0014'], name: ['Groningen'], parent: ['CR03'], population: [3] })
  .with({ level: 'corop', area: ['CR03'], name: ['Overig Groningen'], parent: ['PV20'], population: [null] });

test('an ancestor is found over several levels', () => {
  expect(names.ancestor('WK001400', 'municipality')).toBe('GM0014');
  expect(names.ancestor('WK001400', 'corop')).toBe('CR03');
  expect(names.ancestor('WK001400', 'wijk')).toBe('WK001400');
});

test('an ancestor of a level that was not fetched is null', () => {
  expect(names.ancestor('WK001400', 'province')).toBeNull();
  expect(names.ancestor('WK999999', 'municipality')).toBeNull();
});

test('an unknown area is called by its id', () => {
  expect(names.nameOf('GM9999')).toBe('GM9999');
  expect(names.withinText('WK001401')).toBe('Groningen');
  expect(names.withinText('GM9999')).toBe('');
});

test('a circle of parents ends', () => {
  const circle = new AreaNames().with({ level: 'wijk', area: ['a', 'b'], name: ['a', 'b'], parent: ['b', 'a'], population: [1, 1] });
  expect(circle.ancestor('a', 'municipality')).toBeNull();
});
