import { expect, test } from 'vitest';
import { adjacentGroups, formatGroup, isKnownGroup, parseGroup } from './group';
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
