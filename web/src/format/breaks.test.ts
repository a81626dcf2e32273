import { expect, test } from 'vitest';
import { betweenText, breakText } from './breaks';

const care = { id: 'care', year: 2018, label: { nl: 'Sommige soorten zorg staan er pas later in', en: 'Some kinds of care came later' } };
const test2020 = { id: 'test', year: 2020, label: { nl: 'Vanaf 2020 andere toetsen', en: 'From 2020 other tests' } };

test('a break says what changed and from which year figures must not be compared', () => {
  expect(breakText({ series_breaks: [care] }, 'nl')).toBe('Breuk in de reeks: sommige soorten zorg staan er pas later in. Vergelijk cijfers van voor en vanaf 2018 niet.');
  expect(breakText({ series_breaks: [care, test2020] }, 'en')).toBe(
    'Break in the series: some kinds of care came later. Do not compare figures before and from 2018. Break in the series: from 2020 other tests. Do not compare figures before and from 2020.',
  );
});

test('an outcome without one, or of an older release, has nothing to say', () => {
  expect(breakText({ series_breaks: [] }, 'nl')).toBe('');
  expect(breakText({}, 'nl')).toBe('');
});

test('a break between two cohorts says that the difference is no development', () => {
  expect(betweenText([test2020], 'nl')).toMatch(/^Let op: tussen deze twee jaargangen veranderde de meting\. .*\. Het verschil zegt daarom niet of kansen groter of kleiner werden\.$/);
  expect(betweenText([], 'nl')).toBe('');
});
