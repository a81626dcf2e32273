import { expect, test } from 'vitest';
import { Lru } from './lru';

test('the entry used longest ago is forgotten first', () => {
  const cache = new Lru<number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  expect(cache.get('a')).toBe(1);
  cache.set('c', 3);
  expect(cache.has('b')).toBe(false);
  expect(cache.get('a')).toBe(1);
  expect(cache.get('c')).toBe(3);
  expect(cache.size).toBe(2);
});

test('setting a key again replaces its value and does not grow the cache', () => {
  const cache = new Lru<number>(2);
  cache.set('a', 1);
  cache.set('a', 5);
  expect(cache.get('a')).toBe(5);
  expect(cache.size).toBe(1);
  cache.delete('a');
  expect(cache.get('a')).toBeUndefined();
});
