import { expect, test } from 'vitest';
import { clustersOf, nearness, realness } from './certainty';

test('the words for reliability follow its share', () => {
  expect([1, 0.77, 0.7, 0.69, 0.4, 0.39, 0].map(realness)).toEqual(['most', 'most', 'most', 'half', 'half', 'little', 'little']);
});

test('neighbours are called alike only where chance does not do the same', () => {
  expect(nearness(0.5, 0.001)).toBe('strong');
  expect(nearness(0.1, 0.05)).toBe('some');
  expect(nearness(0.5, 0.06)).toBe('none');
  expect(nearness(0.5, null)).toBe('none');
  expect(nearness(-0.4, 0.001)).toBe('none');
});

test('areas that stand out are listed by pattern and then by name', () => {
  const names: Record<string, string> = { a: 'Zeist', b: "'s-Gravenhage", c: 'Breda', d: 'Urk' };
  const found = clustersOf({ areas: ['a', 'b', 'c', 'd'], kind: ['low_low', 'low_low', 'high_high', null] }, (area) => names[area] ?? area, 'nl');
  expect(found.map(({ name, kind }) => `${name} ${kind}`)).toEqual(['Breda high_high', "'s-Gravenhage low_low", 'Zeist low_low']);
});
