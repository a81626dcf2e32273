import { expect, test } from 'vitest';
import type { Kind, Language } from '../api/types';
import { beyond, breakTexts, comparison, countText, figureText, intervalText, numberText, precisionOf, precisionOfTicks, type Style } from './numbers';

const style = (kind: Kind, language: Language = 'nl', minimum: number | null = null): Style => ({
  kind,
  minimum,
  language,
  rank: language === 'nl' ? 'plek {rank} van 100' : 'rank {rank} of 100',
});

test('money is rounded to hundreds, small amounts to tens', () => {
  expect(numberText(28_592.4, style('money'))).toBe('€\u202f28.600');
  expect(numberText(28_592.4, style('money', 'en'))).toBe('€28,600');
  expect(numberText(1_847, style('money'))).toBe('€\u202f1.850');
  expect(numberText(28_592.4, style('money'), 'fine')).toBe('€\u202f28.590');
});

test('shares are whole percents on the map and one decimal in the table', () => {
  expect(numberText(0.1234, style('binary'))).toBe('12%');
  expect(numberText(0.1234, style('binary'), 'fine')).toBe('12,3%');
  expect(numberText(-0.004, style('share'))).toBe('0%');
  expect(numberText(1.02, style('share', 'en'))).toBe('100%');
});

test('a rank is a place from 1 to 100', () => {
  expect(figureText(0.468, style('rank'))).toBe('plek 47 van 100');
  expect(figureText(0.001, style('rank', 'en'))).toBe('rank 1 of 100');
});

test('nothing is ever written as NaN', () => {
  for (const kind of ['money', 'binary', 'share', 'rank', 'count'] as const) {
    for (const value of [null, NaN, Infinity]) expect(figureText(value, style(kind))).toBe('–');
  }
  expect(countText(null, 'nl')).toBe('–');
  expect(intervalText(null, 1, style('money'))).toBeNull();
  expect(intervalText(NaN, 1, style('money'))).toBeNull();
});

test('a narrow interval is written with a decimal, and so is its figure', () => {
  expect(intervalText(0.102, 0.141, style('binary'))).toEqual(['10%', '14%']);
  expect(intervalText(0.118, 0.122, style('binary'))).toEqual(['11,8%', '12,2%']);
  expect(precisionOf({ lwr: 0.052, upr: 0.062 }, style('binary'))).toBe('fine');
  expect(precisionOf({ lwr: -0.05, upr: 0.02 }, style('binary'))).toBe('fine');
  expect(precisionOf({ lwr: 0.05, upr: 0.25 }, style('rank'))).toBe('coarse');
  expect(precisionOf({ lwr: 28_000, upr: 28_010 }, style('money'))).toBe('coarse');
});

test('counts group their thousands', () => {
  expect(countText(123456, 'nl')).toBe('123.456');
  expect(countText(123456, 'en')).toBe('123,456');
});

test('a difference from the country is only claimed when the interval excludes it', () => {
  expect(comparison({ lwr: 5, upr: 6 }, 4)).toBe('higher');
  expect(comparison({ lwr: 2, upr: 3 }, 4)).toBe('lower');
  expect(comparison({ lwr: 3, upr: 5 }, 4)).toBe('unclear');
  expect(comparison({ lwr: null, upr: 5 }, 4)).toBeNull();
});

test('class breaks are short: thousands of euros, whole percents where those are exact', () => {
  expect(breakTexts([27400, 28900, 30300], style('money'))).toEqual({ texts: ['27,4', '28,9', '30,3'], unit: 'thousands' });
  expect(breakTexts([1580, 1690], style('money'))).toEqual({ texts: ['1.580', '1.690'], unit: 'plain' });
  expect(breakTexts([0.12, 0.14], style('binary'))).toEqual({ texts: ['12%', '14%'], unit: 'plain' });
  expect(breakTexts([0.015, 0.02], style('binary', 'en'))).toEqual({ texts: ['1.5%', '2.0%'], unit: 'plain' });
  expect(breakTexts([0.45, 0.47], style('rank'))).toEqual({ texts: ['45', '47'], unit: 'plain' });
});

test('an amount is not written below its minimum, and anywhere without one', () => {
  expect(figureText(-35_800, style('money', 'nl', 0))).toBe('€\u202f0');
  expect(intervalText(-151_800, 80_200, style('money', 'nl', 0))).toEqual(['€\u202f0', '€\u202f80.200']);
  expect(figureText(-35_800, style('money', 'en'))).toBe('-€35,800');
});

test('it is known when a figure or its interval is outside what can be', () => {
  expect(beyond({ est: -0.54, lwr: -1.4, upr: 0.41 }, style('rank'))).toEqual({ what: 'figure', limit: 0 });
  expect(beyond({ est: 1.148, lwr: 0.9, upr: 1.3 }, style('rank'))).toEqual({ what: 'figure', limit: 1 });
  expect(beyond({ est: 0.02, lwr: -0.01, upr: 0.05 }, style('binary'))).toEqual({ what: 'interval', limit: 0 });
  expect(beyond({ est: 0.9, lwr: 0.7, upr: 1.1 }, style('share'))).toEqual({ what: 'interval', limit: 1 });
  expect(beyond({ est: -5, lwr: null, upr: null }, style('money', 'nl', 0))).toEqual({ what: 'figure', limit: 0 });
  expect(beyond({ est: -5, lwr: -9, upr: -1 }, style('money'))).toBeNull();
  expect(beyond({ est: 0.2, lwr: 0.1, upr: 0.3 }, style('binary'))).toBeNull();
});

test('differences have a sign, and units of their own', () => {
  const apart = (kind: Kind): Style => ({ ...style(kind), difference: { points: 'procentpunt', places: 'plekken' } });
  const plain = (text: string): string => text.replace('\u2060', '');
  expect(plain(figureText(-4_321, apart('money')))).toBe('−€\u202f4.320');
  expect(plain(figureText(0.034, apart('binary')))).toBe('+3 procentpunt');
  expect(plain(figureText(-0.034, apart('rank'), 'fine'))).toBe('−3,4 plekken');
  expect(plain(figureText(0.001, apart('share')))).toBe('0 procentpunt');
  expect(plain(numberText(-1.5, apart('binary')))).toBe('−150');
  expect(breakTexts([-0.05, 0.05], apart('binary'))).toEqual({ texts: ['−5', '+5'], unit: 'plain' });
});

test('ticks that would read the same get a decimal', () => {
  const rank = { kind: 'rank' as const, language: 'nl' as const, rank: '{rank}', minimum: null };
  expect(precisionOfTicks([0.46, 0.465, 0.47], rank)).toBe('fine');
  expect(precisionOfTicks([0.4, 0.5], rank)).toBe('coarse');
});

test('halves go upwards, whatever the number is in binary', () => {
  const style: Style = { kind: 'share', language: 'nl', rank: '', minimum: null };
  expect([0.1435, 0.4805, 0.0835, 0.1445, 0.2345].map((one) => numberText(one, style, 'fine'))).toEqual(['14,4%', '48,1%', '8,4%', '14,5%', '23,5%']);
});
