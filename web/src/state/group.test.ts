import { expect, test } from 'vitest';
import { adjacentGroups, fitted, formatGroup, groupsOf, isKnownGroup, parseGroup } from './group';
import { catalogue } from './resolve.fixture';

const { groups } = catalogue;

test('a group id survives reading and writing', () => {
  const id = 'income=low;women;turkey;single';
  const group = parseGroup(id);
  expect(group).toEqual({ axis: 'income', position: 'low', sex: 'women', origin: 'turkey', household: 'single' });
  expect(group === null ? null : formatGroup(group)).toBe(id);
});

test.each(['', 'income', 'income=low', 'income=low;women;turkey', 'income=low;women;turkey;single;more', '=;;;'])(
  '%j is no group id',
  (id) => {
    expect(parseGroup(id)).toBeNull();
  },
);

test('a group is known when every part of it is', () => {
  const known = (id: string): boolean => {
    const group = parseGroup(id);
    return group !== null && isKnownGroup(group, groups);
  };
  expect(known('income=low;women;turkey;single')).toBe(true);
  expect(known('wealth=low;women;turkey;single')).toBe(false);
  expect(known('income=lowest;women;turkey;single')).toBe(false);
  expect(known('income=low;women;turkey;three')).toBe(false);
});

test('adjacent groups differ in one part and are all published', () => {
  const group = parseGroup('income=low;all;all;all');
  expect(group === null ? [] : adjacentGroups(group, groups).map(formatGroup)).toEqual([
    'income=mid;all;all;all',
    'income=all;all;all;all',
    'income=low;men;all;all',
    'income=low;women;all;all',
  ]);
});

const told = { positions: { income: ['all', 'low'] }, sex: ['all', 'men', 'women'], origin: ['all'], household: ['all'] };

test('an outcome offers only groups that it has figures of, and always everybody', () => {
  const of = groupsOf({ told }, groups);
  expect(of.axes.map(({ id, positions }) => [id, positions.map((one) => one.id)])).toEqual([['income', ['all', 'low']]]);
  expect(of.sex.map(({ id }) => id)).toEqual(['all', 'men', 'women']);
  expect([of.origin, of.household].map((list) => list.map(({ id }) => id))).toEqual([['all'], ['all']]);
  const nothing = groupsOf({ told: { positions: {}, sex: [], origin: [], household: [] } }, groups);
  expect(nothing.axes.map(({ positions }) => positions.length)).toEqual([1]);
  expect(nothing.sex.map(({ id }) => id)).toEqual(['all']);
});

test('an older release does not say of whom there are figures: everything is offered', () => {
  expect(groupsOf({}, groups)).toBe(groups);
});

test('who has no figures gives way to everybody, one thing at a time', () => {
  const of = groupsOf({ told }, groups);
  const wanted = { axis: 'income', position: 'mid', sex: 'women', origin: 'turkey', household: 'single' };
  expect(fitted(wanted, of)).toEqual({ axis: 'income', position: 'all', sex: 'women', origin: 'all', household: 'all' });
  expect(fitted({ ...wanted, axis: 'wealth', position: 'low' }, of)).toMatchObject({ axis: 'income', position: 'all' });
  expect(fitted(wanted, groups)).toEqual(wanted);
});
