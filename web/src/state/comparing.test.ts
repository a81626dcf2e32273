import { expect, test } from 'vitest';
import { membersOf, verdictOn } from './comparing';
import { parseGroup, type Group } from './group';
import { catalogue } from './resolve.fixture';

const group = parseGroup('income=low;women;all;single') as Group;

test('a dimension splits a group, and leaves the rest of it as it is', () => {
  expect(membersOf('sex', group, catalogue.groups).map((member) => member.group)).toEqual([
    'income=low;men;all;single',
    'income=low;women;all;single',
  ]);
  expect(membersOf('position', group, catalogue.groups, true).map(({ choice }) => choice.id)).toEqual(['all', 'low', 'mid']);
});

test('two figures differ when the interval of their difference leaves out zero', () => {
  const at = (est: number, half: number) => ({ n: 10, est, lwr: est - half, upr: est + half });
  expect(verdictOn(at(10, 1), at(7, 1))).toBe('higher');
  expect(verdictOn(at(7, 1), at(10, 1))).toBe('lower');
  // Each interval leaves out the other figure, but that of the difference does not leave out zero.
  expect(verdictOn(at(10, 2.5), at(7, 2.5))).toBe('unclear');
  expect(verdictOn({ ...at(10, 1), lwr: null }, at(1, 1))).toBe('unclear');
});
