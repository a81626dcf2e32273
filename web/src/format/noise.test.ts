import { expect, test } from 'vitest';
import { speaker } from '../content/words';
import { childrenText, countVariance, noiseCell, noiseOf, noiseSize, noiseSummary, noiseText, roughly } from './noise';
import type { Style } from './numbers';

const say = speaker('nl');
const style = (kind: Style['kind']): Style => ({ kind, language: 'nl', rank: 'plek {rank} van 100', minimum: null });
const of = (sd: number): { noise_sd: number } => ({ noise_sd: sd });

test('noise is told as what 95 of 100 draws stay below, rounded up and never to nothing', () => {
  expect(noiseSize(100)).toBeCloseTo(195.9964, 4);
  expect(noiseText(of(167), style('money'), say)).toBe('±\u00a0€\u202f330');
  expect(noiseText(of(2), style('money'), say)).toBe('±\u00a0€\u202f4');
  expect(noiseText(of(0.2), style('money'), say)).toBe('±\u00a0€\u202f1');
  expect(noiseText(of(0.012), style('binary'), say)).toBe('±\u00a02,4 procentpunt');
  expect(noiseText(of(0.0001), style('share'), say)).toBe('±\u00a00,1 procentpunt');
  expect(noiseText(of(0.03), style('rank'), say)).toBe('±\u00a05,9 plekken');
  expect(noiseText(of(0.05), style('count'), say)).toBe('±\u00a00,1');
});

test('an exact figure has no noise to tell', () => {
  for (const exact of [of(0), {}, null]) expect(noiseText(exact, style('money'), say)).toBe('');
  expect(roughly('€ 1', of(0), say)).toBe('€ 1');
  expect(roughly('€ 1', of(3), say)).toBe('ongeveer € 1');
  expect(noiseCell({ n: 1, est: 1, lwr: null, upr: null }, style('money'), say)).toEqual({ text: '–', value: 0 });
  expect(noiseCell(null, style('money'), say).value).toBeNull();
});

test('numbers of children carry noise when their figure does', () => {
  expect(childrenText({ n: 1234, noise_sd: 1 }, { language: 'nl' }, say)).toBe('ongeveer 1.234 kinderen');
  expect(childrenText({ n: 1234 }, { language: 'nl' }, say)).toBe('1.234 kinderen');
  expect(childrenText({ n: null, noise_sd: 1 }, { language: 'nl' }, say)).toBe('– kinderen');
});

test('a layer tells how many figures carry noise and what half of them stay below', () => {
  const layer = { est: [1, 2, 3, 4], noise_sd: [0, 30, 10, 20] };
  expect(noiseOf(layer)).toEqual({ count: 3, usual: 20 });
  expect(noiseSummary(layer, style('money'), say)).toBe('met ruis: 3 van de 4 cijfers, de helft met ±\u00a0€\u202f40 of minder');
  expect(noiseSummary({ est: [1], noise_sd: null }, style('money'), say)).toBe('');
});

test('the variance of numbers comes from the profile', () => {
  const profile = { id: 'public', label: { nl: '', en: '' }, description: { nl: '', en: '' } };
  expect(countVariance({ profile: { ...profile, parameters: { noise: { variance: 3 } } } })).toBe(3);
  expect(countVariance({ profile: { ...profile, parameters: { exact: 'passing' } } })).toBeNull();
  expect(countVariance({ profile })).toBeNull();
});
