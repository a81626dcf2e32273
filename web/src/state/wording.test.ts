import { expect, test } from 'vitest';
import { speaker } from '../content/words';
import { catalogue } from './resolve.fixture';
import { groupsIn, variantOf } from './wording';

const label = { nl: 'Eigen inkomen aan het begin', en: 'Own income at the start' };
const low = { label: { nl: 'Laag', en: 'Low' }, phrase: { nl: 'met een laag eigen inkomen aan het begin', en: 'with a low own income at the start' } };

test('an axis takes the words of the cohort, and keeps its ids and bands', () => {
  const { groups } = catalogue;
  const own = groupsIn(groups, { axes: { income: { label, positions: { low } } } });
  const [axis, before] = [own.axes[0], groups.axes[0]];
  expect(axis?.label).toBe(label);
  expect(axis?.positions.map(({ id }) => id)).toEqual(before?.positions.map(({ id }) => id));
  const [found, old] = [axis, before].map((one) => one?.positions.find(({ id }) => id === 'low'));
  expect(found?.phrase).toBe(low.phrase);
  expect(found?.range).toEqual(old?.range);
  expect(groupsIn(groups, {})).toBe(groups);
  expect(groupsIn(groups, undefined)).toBe(groups);
});

test('people by their own position are not called children', () => {
  expect(variantOf({ population: 'residents' })).toBe('own');
  expect(variantOf({ population: 'persons' })).toBeNull();
  expect(variantOf(undefined)).toBeNull();
  const say = speaker('nl', 'own');
  expect(say('area.n', { count: 5 })).toBe('5 mensen');
  expect(say('about.close')).toBe(speaker('nl')('about.close'));
  expect(say('caution')).not.toContain('opgroeiden');
});
