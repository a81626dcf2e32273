import { expect, test } from 'vitest';
import type { ComposedArea } from '../api/types';
import { speaker } from '../content/words';
import { compositionStory } from './composition';
import type { Style } from './numbers';

const style: Style = { kind: 'binary', language: 'nl', rank: '', minimum: null };
const told = (more: Partial<ComposedArea>): ComposedArea => ({
  outcome: 'c35_employed',
  area: 'GM0363',
  group: 'income=all;all;all;all',
  by: 'origin',
  difference: -0.05,
  composition: { est: -0.024, lwr: -0.029, upr: -0.018 },
  rates: { est: -0.026, lwr: -0.046, upr: -0.007 },
  hidden: 0,
  reason: null,
  kinds: [],
  ...more,
});
const story = (more: Partial<ComposedArea>): string => compositionStory(told(more), 'Amsterdam', style, speaker('nl')).join(' ').replaceAll('\u2060', '');

test('the difference, what goes with who grew up there, and what is left', () => {
  expect(story({})).toMatch(/Amsterdam met Nederland is −5,0.*Daarvan gaat −2,4.*herkomst van wie hier opgroeiden.*blijft er een verschil van −2,6/s);
});

test('the words follow the uncertainty of each part', () => {
  expect(story({ rates: { est: -0.01, lwr: -0.03, upr: 0.01 } })).toContain('blijft er geen duidelijk verschil over');
  expect(story({ composition: { est: 0.001, lwr: -0.004, upr: 0.006 } })).toContain('maakt geen duidelijk verschil');
});

test('where groups without a figure hold too many people it is said, and otherwise nothing', () => {
  const none = { composition: null, rates: null };
  expect(story({ ...none, reason: 'too_many_hidden' })).toContain('is niet te zeggen');
  expect(story({ ...none, reason: 'too_few_groups' })).toBe('');
});
