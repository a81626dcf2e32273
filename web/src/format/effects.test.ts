import { expect, test } from 'vitest';
import type { Effect, Estimated, Placebo } from '../api/types';
import { speaker } from '../content/words';
import { effectLine } from '../state/effects';
import { checkText, effectStory, effectText, peopleText, warningOf } from './effects';

const say = speaker('nl');
const told = (est: number, lwr: number, upr: number, step = 0.001): Estimated => ({ est, lwr, upr, step, people: 5000, reason: null });
const nothing: Estimated = { est: null, lwr: null, upr: null, step: null, people: null, reason: null };
const placebo = (name: Placebo['name'], verdict: Placebo['verdict'], of: Estimated = nothing, p: number | null = null): Placebo => ({ name, expected: 'none', verdict, p, ...of });
const movers: Effect = {
  id: 'movers',
  method: 'movers',
  title: { nl: 'Verhuisd', en: 'Moved' },
  description: { nl: '', en: '' },
  outcome: { nl: 'inkomen', en: 'income' },
  kind: 'share',
  until: 23,
  years: [1981, 1990],
  effect: told(0.027, 0.016, 0.038),
  chosen: told(-0.02, -0.18, 0.14, 0.01),
  along: [{ place: 0, ...told(0.7, 0.5, 0.9, 0.1) }, { place: 30, ...told(0, -0.2, 0.2, 0.1) }],
  placebos: [placebo('late', 'as_expected', told(-0.006, -0.032, 0.02))],
  few: false,
  tests: null,
  people: { movers: 126_180, residents: 328_100, left_out: null },
  clusters: 1550,
  areas: null,
};
const policy: Effect = {
  ...movers,
  method: 'policy',
  kind: 'money',
  effect: told(1200, 400, 2000, 100),
  chosen: null,
  until: null,
  tests: { wild: 0.01, permutation: 0.02 },
  people: { treated: 90_000, untreated: null },
  areas: { treated: 30, untreated: 20, left_out: { gaps: 2, odd: 1 }, merged: 0 },
};

test('an effect is said with its size and its uncertainty', () => {
  expect(effectStory(movers, 'nl', say)).toEqual([
    'Elk jaar dat een kind tot 23 jaar in een andere plaats opgroeit, maakt waarschijnlijk 2,7% van het verschil in inkomen tussen die plaatsen (tussen 1,6% en 3,8%).',
    'Dat het verschil komt door wie waarheen verhuist, is niet duidelijk te zien (−2%, waarschijnlijk tussen −18% en 14%).',
  ]);
  expect(effectStory(policy, 'nl', say)[0]).toBe('Waar de maatregel begon, werd inkomen er waarschijnlijk hoger door: +\u2060€\u202f1.200 (tussen +\u2060€\u202f400 en +\u2060€\u202f2.000).');
});

test('an interval that holds zero claims nothing', () => {
  const [said] = effectStory({ ...movers, effect: told(0.01, -0.005, 0.025) }, 'nl', say);
  expect(said).toContain('is niet duidelijk. Gemeten: 1%');
  expect(effectStory({ ...policy, effect: told(0, -100, 100, 50) }, 'nl', say)[0]).toContain('is niet duidelijk');
});

test('a check that fails comes first, and nothing is said to come from the effect', () => {
  const failing = { ...movers, placebos: [placebo('late', 'fails', told(0.05, 0.02, 0.08)), placebo('siblings', 'as_expected')] };
  expect(warningOf(failing, say)).toBe('Let op: een controle klopt niet (verhuisd toen jaren niet meer telden). Dit effect kan dus door iets anders komen.');
  expect(effectStory(failing, 'nl', say)[0]).toBe('Gemeten: 2,7% (tussen 1,6% en 3,8%). Omdat een controle niet klopt, is niet te zeggen waar dat door komt.');
  expect(warningOf(movers, say)).toBe('');
});

test('without any check nothing is said to come from the effect', () => {
  const unchecked = { ...policy, placebos: [placebo('before', 'unknown', { ...nothing, reason: 'too_few_areas' })] };
  expect(effectStory(unchecked, 'nl', say)[0]).toContain('Er kon geen controle worden gedaan. Waar dit door komt, is dus niet te zeggen.');
  expect(effectStory({ ...movers, placebos: [] }, 'nl', say)[0]).toContain('Gemeten: 2,7%');
});

test('of few areas the tests decide', () => {
  const few = { ...policy, few: true };
  expect(effectStory(few, 'nl', say)).toEqual([expect.stringContaining('hoger'), expect.stringContaining('in hoogstens 2% van de gevallen')]);
  expect(effectStory({ ...few, tests: { wild: 0.04, permutation: 0.2 } }, 'nl', say)[0]).toContain('is niet duidelijk');
  expect(effectStory({ ...few, tests: null }, 'nl', say)[1]).toContain('trek er geen conclusie uit');
});

test('numbers have the digits of their step and no more', () => {
  const write = (value: number, kind: Effect['kind'], step: number, method: Effect['method'] = 'policy'): string => effectText(value, { kind, method }, step, 'nl', say);
  expect(write(0.034, 'share', 0.0005, 'movers')).toBe('3,4%');
  expect(write(-0.5, 'share', 0.1, 'movers')).toBe('−50%');
  expect(write(0.021, 'share', 0.001)).toBe('+\u20602,1 procentpunt');
  expect(write(-1.25, 'count', 0.05)).toBe('−\u20601,25');
  expect(write(0, 'count', 0.5)).toBe('0');
});

test('what a check says, and why it says nothing', () => {
  expect(checkText(movers.placebos[0] as Placebo, movers, 'nl', say)).toBe('klopt: −0,6% (tussen −3,2% en 2%)');
  expect(checkText(placebo('siblings', 'as_expected', told(0.025, -0.03, 0.085)), movers, 'nl', say)).toBe('klopt, maar zegt weinig: 2,5% (tussen −3% en 8,5%)');
  expect(checkText(placebo('before', 'fails', nothing, 0.01), policy, 'nl', say)).toBe('klopt niet (kans op toeval hoogstens 1%)');
  expect(checkText(placebo('late', 'unknown', { ...nothing, reason: 'too_few_movers' }), movers, 'nl', say)).toBe('niet te zeggen: te weinig kinderen die verhuisden');
  expect(checkText(placebo('late', 'unknown', { ...nothing, reason: 'new_reason' }), movers, 'nl', say)).toBe('niet te zeggen: new_reason');
});

test('whom it is about, in tens, and not below a hundred', () => {
  expect(peopleText(movers, 'nl', say)).toEqual(['Over 126.180 kinderen die verhuisden en 328.100 die bleven, geboren 1981–1990, en 1.550 paren van streken.']);
  const [who, left] = peopleText(policy, 'nl', say);
  expect(who).toContain('20 zonder (minder dan 100 mensen)');
  expect(left).toBe('Weggelaten gebieden: 2 zonder cijfers van elk jaar, 1 odd.');
});

test('the line of the effect falls until years no longer count', () => {
  const [from, to] = effectLine(movers) ?? [];
  expect(from).toEqual({ x: 0, y: -0.02 + 0.027 * 23 });
  expect(to).toEqual({ x: 23, y: -0.02 });
  expect(effectLine(policy)).toBeNull();
  expect(effectLine({ ...movers, along: [] })).toBeNull();
});
