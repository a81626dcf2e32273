import { expect, test } from 'vitest';
import type { Chances, Dependence, Spells } from '../api/types';
import { speaker } from '../content/words';
import { againStory, dependenceStory, goneStory, leavingStory, trendStory, weightedStory } from './nation';
import { pointsText } from './numbers';

const say = speaker('nl');
const chances: Chances = { place: [1, 2, 4], est: [0.35, 0.26, 0.1], lwr: [0.34, 0.25, 0.08], upr: [0.36, 0.27, 0.12], weighted: [0.35, 0.27, 0.1], step: [0.01, 0.01, 0.02] };
const trend = (est: number, lwr: number, upr: number): Spells['trend'] => ({ first: 2003, last: 2017, years: 15, est, lwr, upr, weighted: est, p: 0.01 });
const gamma = (est: number | null, lwr: number | null, upr: number | null): Dependence[] => [{ frailty: 'gamma', est, lwr, upr }];

test('the trend is said with its size, its years and its uncertainty', () => {
  expect(trendStory(trend(-0.0064, -0.0081, -0.0048), 'nl', say)).toBe(
    'Uit een laag inkomen komen werd moeilijker: elk jaar 0,6 procentpunt minder kans, 2003–2017 (waarschijnlijk tussen 0,5 en 0,8).',
  );
  expect(trendStory(trend(0.004, 0.001, 0.007), 'en', speaker('en'))).toContain('got easier: every year 0.4 percentage points more chance');
});

test('an interval that holds zero is no clear change', () => {
  const said = trendStory(trend(-0.003, -0.007, 0.001), 'nl', say);
  expect(said).toContain('geen duidelijke verandering');
  expect(said).toContain('−0,3 procentpunt per jaar (waarschijnlijk tussen −0,7 en 0,1)');
  expect(said).not.toContain('moeilijker');
  expect(trendStory(null, 'nl', say)).toContain('te weinig jaren');
});

test('a slope of logarithms is said per doubling, and the words follow its interval', () => {
  expect(dependenceStory(gamma(-0.215, -0.275, -0.155), 'nl', say)).toEqual([
    'Wie makkelijk weggaat, gaat eerst. Daarmee rekening gehouden wordt het nog steeds moeilijker naarmate het langer duurt: twee keer zo lang, dan is de kans ongeveer 14% kleiner (waarschijnlijk tussen 10% en 17%).',
  ]);
  expect(dependenceStory(gamma(-0.05, -0.2, 0.1), 'nl', say)[0]).toContain('niet duidelijk of het moeilijker wordt');
  expect(dependenceStory(gamma(0.3, 0.1, 0.5), 'nl', say)[0]).toContain('juist makkelijker');
  expect(dependenceStory(gamma(null, null, null), 'nl', say)[0]).toContain('te weinig over bekend');
  expect(dependenceStory([], 'nl', say)).toEqual([]);
});

test('chances are said of the first and the last year that may be told', () => {
  expect(leavingStory(chances, 'nl', say)).toBe('In het 1e jaar van een laag inkomen komt 35% er binnen een jaar uit. In het 4e jaar is dat 10%.');
  expect(leavingStory({ ...chances, place: [] }, 'nl', say)).toContain('mag niets worden verteld');
  expect(againStory({ ...chances, step: [0.005, 0.005, 0.005] }, 'nl', say)).toContain('heeft 35,0% in het 1e jaar');
});

test('those who are gone are said to matter beyond a step only', () => {
  expect(goneStory([chances], 'nl', say)).toContain('bijna niet');
  expect(goneStory([{ ...chances, weighted: [0.35, 0.3, 0.1] }], 'nl', say)).toContain('hoogstens 4,0 procentpunt');
});

test('the national figure beside the weighted one, with a verb that follows the interval', () => {
  const rank = { kind: 'rank' as const, language: 'nl' as const, rank: 'plek {rank} van 100', minimum: null };
  const weighted = { est: 0.47, lwr: 0.46, upr: 0.48, step: 0.01, by: ['sex'] };
  const national = (est: number) => ({ national: { n: null, est, lwr: null, upr: null } });
  expect(weightedStory(national(0.5), weighted, rank, say)).toContain('plek 47 van 100. Dat is lager.');
  expect(weightedStory(national(0.475), weighted, rank, say)).toContain('geen duidelijk verschil');
  expect(weightedStory({ national: null }, weighted, rank, say)).toBe('Tellen mensen mee die lijken op wie er niet meer is: plek 47 van 100.');
});

test('points keep what there is to tell', () => {
  expect([0.0064, -0.0002, 0, -0.031].map((value) => pointsText(value, 'nl'))).toEqual(['0,6', '−0,02', '0,0', '−3,1']);
});
