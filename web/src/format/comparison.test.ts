import { expect, test } from 'vitest';
import type { Figure } from '../api/types';
import { speaker } from '../content/words';
import { effectSentence, placeSentence, withInterval } from './comparison';
import type { Style } from './numbers';

const say = speaker('en');
const style: Style = { kind: 'money', language: 'en', rank: '', minimum: 0 };
const at = (est: number, half: number): Figure => ({ n: 100, est, lwr: est - half, upr: est + half });

test('the verb follows the interval of the difference', () => {
  const told = (est: number): string => placeSentence({ name: 'Aa', figure: at(est, 300) }, { name: 'Bee', figure: at(30_000, 300) }, style, say);
  expect(told(32_000)).toContain('In Aa the figure is probably higher than in Bee. The difference is +\u2060€2,000');
  expect(told(28_000)).toContain('probably lower');
  expect(told(30_200)).toContain('no clear difference');
});

test('a figure without an interval is written alone', () => {
  expect(withInterval({ ...at(30_000, 1), lwr: null }, style, say)).toBe('€30,000');
});

test('a figure with noise says so, and how much', () => {
  const noisy = { ...at(30_000, 500), noise_sd: 100 };
  expect(withInterval(noisy, style, say)).toBe('about €30,000 (probably between €29,500 and €30,500; noise ±\u00a0€200)');
  expect(withInterval({ ...noisy, lwr: null }, style, say)).toBe('about €30,000 (with noise: ±\u00a0€200)');
});

test('a filter makes a difference larger, smaller or neither', () => {
  const effect = (group: number, half = 100): string =>
    effectSentence({ group: at(30_000 + group, half), all: at(32_000, 100) }, { group: at(30_000, half), all: at(30_000, 100) }, style, say);
  expect(effect(4_000)).toContain('larger');
  expect(effect(500)).toContain('smaller');
  expect(effect(4_000, 5_000)).toContain('not clearly different');
  // Of a negative difference the size counts.
  const negative = effectSentence({ group: at(26_000, 100), all: at(28_000, 100) }, { group: at(30_000, 100), all: at(30_000, 100) }, style, say);
  expect(negative).toContain('larger');
});
