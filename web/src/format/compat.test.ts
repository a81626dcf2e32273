import { expect, test } from 'vitest';
import type { Compat } from '../api/types';
import { compatSentence } from './compat';

const compat: Compat = {
  name: null,
  quirks: [
    { id: 'Q12', cohorts: ['newborns'], label: { nl: 'één adres', en: 'one address' } },
    { id: 'Q13', cohorts: ['age35', 'age21'], label: { nl: 'een dag minder', en: 'a day less' } },
    { id: 'Q40', cohorts: [], label: { nl: 'iedereen geteld', en: 'everybody counted' } },
  ],
};

test('the points of this cohort are told, and those of all figures', () => {
  expect(compatSentence(compat, 'age35', 'nl')).toContain('een dag minder (Q13); iedereen geteld (Q40)');
  expect(compatSentence(compat, 'newborns', 'en')).toContain('one address (Q12); everybody counted (Q40)');
});

test('without any point there is nothing to say', () => {
  const only = { name: null, quirks: compat.quirks.slice(0, 1) };
  expect(compatSentence(only, 'age35', 'nl')).toBeNull();
  expect(compatSentence(null, 'age35', 'nl')).toBeNull();
  expect(compatSentence(undefined, 'age35', 'nl')).toBeNull();
});
