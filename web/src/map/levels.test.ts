import { expect, test } from 'vitest';
import { followed, levelAt } from './levels';

const all = ['province', 'corop', 'municipality', 'wijk', 'pc3', 'pc4'];

test('nearer shows smaller areas', () => {
  expect([1, 3.3, 3.4, 40].map((closeness) => levelAt(all, closeness))).toEqual(['municipality', 'municipality', 'wijk', 'wijk']);
});

test('only a distance that is crossed changes the level', () => {
  expect(followed(all, 1, 3)).toBeNull();
  expect(followed(all, 3, 4)).toBe('wijk');
  expect(followed(all, 12, 1)).toBe('municipality');
});

test('a release without wijken stays at municipalities, one without either does not follow', () => {
  expect(followed(['municipality', 'pc4'], 1, 20)).toBeNull();
  expect(levelAt(['pc4'], 1)).toBeNull();
});
