import { expect, test } from 'vitest';
import { AreaNames } from '../state/areas';
import { rankedOf, setsOf } from './ranked';

const names = new AreaNames()
  .with({ level: 'wijk', area: ['w1', 'w2', 'w3'], name: ['', '', ''], parent: ['GM1', 'GM1', 'GM2'], population: [1, 1, 1] })
  .with({ level: 'municipality', area: ['GM1', 'GM2'], name: ['', ''], parent: [null, null], population: [1, 1] });

test('few areas are ranked together, many within the area around them', () => {
  const layer = { areas: ['w1', 'w2', 'w3', 'w?'], level: 'wijk' };
  expect([...setsOf(layer, 340, names)]).toEqual([[null, [0, 1, 2, 3]]]);
  expect([...setsOf(layer, 3340, names)]).toEqual([
    ['GM1', [0, 1]],
    ['GM2', [2]],
  ]);
});

test('each area gets its range, its group and its place', () => {
  const ranking = { ranges: [{ low: 2, high: 2 }, { low: 1, high: 1 }], order: [1, 0], groups: [0, 1] };
  const found = rankedOf(['a', 'b'], new Map([['GM1', [0, 1]]]), [ranking]);
  expect(found.get('a')).toEqual({ low: 2, high: 2, of: 2, within: 'GM1', group: 2, position: 2 });
  expect(found.get('b')).toMatchObject({ low: 1, high: 1, group: 1, position: 1 });
});
