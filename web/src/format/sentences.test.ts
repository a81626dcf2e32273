import { expect, test } from 'vitest';
import type { Language } from '../api/types';
import { speaker } from '../content/words';
import { parseGroup } from '../state/group';
import { resolveAddress, type View } from '../state/resolve';
import { catalogue, outcome } from '../state/resolve.fixture';
import { parseAddress } from '../state/address';
import { areaTitle, beyondSentence, capital, intervalSentence, layerSummary, midSentence, onesAndZeros, styleFor, titleOf } from './sentences';

const view = (level: string, group: string, language: Language = 'nl'): View => ({
  ...resolveAddress(parseAddress(`/kaart/c35_income/${level}`, ''), catalogue).view,
  group: parseGroup(group) ?? { axis: '', position: '', sex: '', origin: '', household: '' },
  language,
});

test('the title says outcome, people and kind of place', () => {
  expect(titleOf(view('municipality', 'income=low;women;turkey;single'), catalogue, (id) => id)).toBe(
    'Gemiddeld inkomen op 35 van vrouwen van Turkse herkomst, met ouders met een laag inkomen, uit een gezin met één ouder, naar de gemeente waar ze opgroeiden',
  );
  expect(titleOf(view('wijk', 'income=all;all;all;all', 'en'), catalogue, (id) => id)).toBe(
    'Mean income at 35 of people, by the district where they grew up',
  );
});

test('a Dutch gebied takes het', () => {
  expect(titleOf(view('corop', 'income=all;men;all;all'), catalogue, (id) => id)).toBe(
    'Gemiddeld inkomen op 35 van mannen, naar het COROP-gebied waar ze opgroeiden',
  );
});

test('a cohort that is placed by birth is not said to have grown up there', () => {
  const born = { ...view('wijk', 'income=all;all;all;all'), outcome: outcome('x', { nl: 'x', en: 'x' }, { basis: 'birth' }) };
  expect(titleOf(born, catalogue, (id) => id)).toContain('waar ze geboren werden');
  expect(areaTitle(born, catalogue, 'Haren')).toBe('Mensen die geboren werden in Haren');
});

test('children are called children, and the home at age 0 is where they were born', () => {
  const people = { all: { nl: 'kinderen', en: 'children' }, women: { nl: 'meisjes', en: 'girls' } };
  const cohort = { id: 'young', label: people.all, description: people.all, births: null, home_age: 10, people };
  const young = (home_age: number) => ({
    ...catalogue,
    manifest: { ...catalogue.manifest, cohorts: [{ ...cohort, home_age }] },
  });
  const figure = outcome('x', { nl: 'x', en: 'x' }, { cohort: 'young' });
  const everybody = { ...view('wijk', 'income=all;all;all;all'), outcome: figure };
  expect(titleOf(everybody, young(10), (id) => id)).toBe('X van kinderen, naar de wijk waar ze opgroeiden');
  expect(areaTitle({ ...everybody, group: { ...everybody.group, sex: 'women' } }, young(0), 'Haren')).toBe(
    'Meisjes die geboren werden in Haren',
  );
});

test('the sentence about one area', () => {
  expect(areaTitle(view('wijk', 'income=low;women;all;all'), catalogue, 'Haren')).toBe(
    'Vrouwen die opgroeiden in Haren, met ouders met een laag inkomen',
  );
});

test('an interval in words, or that there is none', () => {
  const style = styleFor({ kind: 'money' }, 'nl');
  expect(intervalSentence({ lwr: 27_912, upr: 29_270 }, style, speaker('nl'))).toBe(
    'waarschijnlijk tussen €\u202f27.900 en €\u202f29.300',
  );
  expect(intervalSentence({ lwr: null, upr: null }, style, speaker('nl'))).toBe('zonder bekende onzekerheid');
});

test('a layer in one sentence', () => {
  const say = speaker('nl');
  const style = styleFor({ kind: 'binary' }, 'nl');
  const layer = { areas: ['a', 'b', 'c'], est: [0.5, 0.1, 0.9] };
  expect(layerSummary(layer, 5, (id) => id.toUpperCase(), style, say)).toBe(
    '3 van 5 gebieden hebben een cijfer. Het laagste is 10% (B), het hoogste 90% (C).',
  );
  expect(layerSummary({ areas: [], est: [] }, 5, (id) => id, style, say)).toBe('Geen enkel gebied heeft hier een cijfer.');
});

test('capitals at the start, not in the middle, and abbreviations as they are', () => {
  expect(capital('gemeenten')).toBe('Gemeenten');
  expect(midSentence('Gemeente')).toBe('gemeente');
  expect(midSentence('COROP-gebied')).toBe('COROP-gebied');
  expect(midSentence('Eén ouder')).toBe('één ouder');
});

test('a figure outside what can be is said to be, in both languages', () => {
  const figure = { est: -35_800, lwr: -151_800, upr: 80_200 };
  expect(beyondSentence(figure, styleFor({ kind: 'money', minimum: 0 }, 'en'), speaker('en'))).toMatch(/line .* beyond .* limit: €0\.$/);
  expect(beyondSentence({ est: 0.1, lwr: -0.1, upr: 0.3 }, styleFor({ kind: 'rank' }, 'nl'), speaker('nl'))).toMatch(
    /interval .* grens: plek 1 van 100\.$/,
  );
  expect(beyondSentence(figure, styleFor({ kind: 'money' }, 'nl'), speaker('nl'))).toBeNull();
});

test('only binary outcomes need children with and without them, as many as the profile says', () => {
  const { manifest } = catalogue;
  const strict = { ...manifest, profile: { ...manifest.profile, parameters: { min_n: 10, min_ones: 10, min_zeros: 12 } } };
  expect(onesAndZeros({ kind: 'binary' }, strict)).toEqual({ ones: 10, zeros: 12 });
  expect(onesAndZeros({ kind: 'money' }, strict)).toBeNull();
  expect(onesAndZeros({ kind: 'binary' }, manifest)).toBeNull();
});

test('less a place, the title says from which', () => {
  const less = { ...view('municipality', 'income=all;all;all;all'), minus: 'GM0363', isDifference: true };
  expect(titleOf(less, catalogue, () => 'Amsterdam')).toBe('Gemiddeld inkomen op 35 van mensen, naar de gemeente waar ze opgroeiden: verschil met Amsterdam');
});
