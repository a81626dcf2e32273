import { expect, test } from 'vitest';
import type { Figure } from '../api/types';
import { speaker } from '../content/words';
import { type Group, parseGroup } from '../state/group';
import { catalogue } from '../state/resolve.fixture';
import { curveStory, pairWords } from './curve';
import { asDifference } from './numbers';
import { styleFor } from './sentences';

const say = speaker('nl');
const style = asDifference(styleFor({ kind: 'money', minimum: 0 }, 'nl'), say);
const pair = ['vrouwen', 'mannen'] as const;
const end = (phrase: string, est: number | null, half = 1000): { phrase: string; gap: Figure | null } => ({
  phrase,
  gap: est === null ? null : { n: 100, est, lwr: est - half, upr: est + half },
});
const told = (low: number | null, high: number | null): string =>
  curveStory(end('met arme ouders', low), end('met rijke ouders', high), pair, style, say).join(' ').replaceAll(/[\u2060\u202f]/g, '');

test('verbs follow the interval of the gap, and of its change', () => {
  expect(told(-3000, -9000)).toBe(
    'Bij mensen met arme ouders is het cijfer van vrouwen waarschijnlijk lager dan dat van mannen. Het verschil is −€3.000 (waarschijnlijk tussen −€4.000 en −€2.000). ' +
      'Bij mensen met rijke ouders is het cijfer van vrouwen waarschijnlijk lager dan dat van mannen. Het verschil is −€9.000 (waarschijnlijk tussen −€10.000 en −€8.000). ' +
      'Het verschil is bij mensen met rijke ouders waarschijnlijk groter dan bij mensen met arme ouders.',
  );
  expect(told(500, 4000)).toContain('Bij mensen met arme ouders is er geen duidelijk verschil tussen vrouwen en mannen. Gemeten: +€500');
  expect(told(4000, 4500)).toContain('is niet duidelijk.');
  expect(told(-4000, 4000)).toContain('wijst de andere kant op');
});

test('without a figure nothing is said of a change', () => {
  const story = told(null, 4000);
  expect(story).toContain('Bij mensen met arme ouders is van een van de twee groepen geen cijfer');
  expect(story).not.toContain('niet duidelijk');
});

test('groups are called by what tells them apart and by what was chosen', () => {
  const group = parseGroup('income=low;all;turkey;single') as Group;
  expect(pairWords(group, { dimension: 'sex', plus: 'women', minus: 'men' }, catalogue.groups, 'nl')).toEqual([
    'vrouwen van Turkse herkomst uit een gezin met één ouder',
    'mannen van Turkse herkomst uit een gezin met één ouder',
  ]);
});
