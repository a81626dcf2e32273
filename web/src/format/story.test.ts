import { expect, test } from 'vitest';
import type { Figure, Layer } from '../api/types';
import { speaker } from '../content/words';
import type { Style } from './numbers';
import { type AreaStory, areaStory, levelStory, quantile, spreadApartFromChance, spreadStory, tally } from './story';

const say = speaker('en');
const style: Style = { kind: 'money', language: 'en', rank: '{rank}', minimum: 0 };
const at = (est: number, half: number): Figure => ({ n: 1200, est, lwr: est - half, upr: est + half });
const base: AreaStory = {
  name: 'Aa',
  who: 'People who grew up in Aa',
  figure: at(30_000, 500),
  reliability: 'A',
  national: at(32_000, 100),
  ranked: { low: 41, high: 187, of: 342, within: null, group: 2, position: 99, differs: null, expected: null },
  gap: { here: at(9_000, 2_000), national: at(5_000, 300) },
};
const told = (change: Partial<AreaStory> = {}): string => areaStory({ ...base, ...change }, style, say).join(' ');

test('the story of an area holds its figure, interval, children, rank range and gap', () => {
  const text = told();
  for (const part of ['People who grew up in Aa', '€30,000', '€29,500', '€30,500', '1,200 children', 'probably lower than in the Netherlands', '41–187 of 342', '+\u2060€9,000', 'probably wider']) {
    expect(text).toContain(part);
  }
});

test('verbs follow the uncertainty', () => {
  expect(told({ figure: at(30_000, 5_000) })).toContain('no clear difference from the Netherlands');
  expect(told({ national: at(20_000, 100) })).toContain('probably higher than in the Netherlands');
  expect(told({ gap: { here: at(1_000, 2_000), national: at(1_200, 100) } })).toContain('no clear gap');
  expect(told({ reliability: 'C' })).toContain('too uncertain');
  expect(told({ ranked: { ...base.ranked!, low: 1, high: 342 } })).toContain('can have any place');
});

test('of a gap to the disadvantage of high parents the size is compared', () => {
  expect(told({ gap: { here: at(-9_000, 2_000), national: at(-5_000, 300) } })).toContain('probably wider');
});

test('what is not known is left out', () => {
  const text = told({ national: null, ranked: null, gap: null, figure: { n: null, est: 30_000, lwr: null, upr: null } });
  expect(text).toBe('People who grew up in Aa: about €30,000.');
});

test('the story of a level counts what is clear and what chance makes', () => {
  const est = Array.from({ length: 40 }, (_, i) => 30_000 + i * 100);
  const layer: Layer = {
    outcome: 'o', level: 'municipality', group: 'g', areas: est.map(String), n: est.map(() => 100), est,
    lwr: est.map((value) => value - 500), upr: est.map((value) => value + 500), reliability: 'A'.repeat(40),
  };
  const text = levelStory(layer, { total: 342, areas: 'municipalities', national: 32_000 }, style, say).join(' ');
  for (const part of ['40 of the 342 municipalities', '€30,400', '€33,500', 'higher than in the Netherlands (€32,000): 14', 'lower: 15', 'about 2']) expect(text).toContain(part);
  expect(tally(layer, 32_000)).toEqual({ higher: 14, lower: 15, unclear: 11 });
  expect(levelStory({ ...layer, areas: [], est: [] }, { total: 342, areas: 'municipalities', national: null }, style, say)).toHaveLength(1);
});

test('quantiles lie between values', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([7], 0.9)).toBe(7);
});

test('how much areas differ leaves out what chance makes of it', () => {
  const layer = (spread: number, error: number): Layer => {
    // Figures that alternate: their standard deviation is the root of signal and noise together.
    const size = Math.hypot(spread, error);
    const est = Array.from({ length: 200 }, (_, i) => 30_000 + (i % 2 === 0 ? size : -size));
    const half = error * 1.959964;
    return { outcome: 'o', level: 'l', group: 'g', areas: est.map(String), n: [], est, lwr: est.map((v) => v - half), upr: est.map((v) => v + half), reliability: '' };
  };
  expect(spreadApartFromChance(layer(2000, 500))).toBeCloseTo(2000, 3);
  expect(spreadApartFromChance(layer(0, 500))).toBeCloseTo(0, 3);
  expect(spreadApartFromChance({ est: [1, 2], lwr: [0, 1], upr: [2, 3] })).toBeNull();
  expect(spreadStory(layer(3000, 500), layer(2000, 500), 'municipalities', style, say)).toContain('more than');
  expect(spreadStory(layer(1000, 500), layer(2000, 500), 'municipalities', style, say)).toContain('less than');
  expect(spreadStory(layer(2100, 500), layer(2000, 500), 'municipalities', style, say)).toContain('about as much');
});
