/** Where a series of figures is broken, so that it must not be read as a development: the release says so of each outcome. */
import type { Language, Outcome, SeriesBreak } from '../api/types';
import { speaker } from '../content/words';
import { capital, midSentence } from './sentences';

/** What there is to say of the breaks in the series of an outcome; empty when none is known. */
export const breakText = ({ series_breaks: breaks = [] }: Pick<Outcome, 'series_breaks'>, language: Language): string =>
  breaks.map(({ year, label }) => capital(speaker(language)('series.break', { what: midSentence(label[language]), year }))).join(' ');

/** That the measurement changed between the two cohorts of a change, so that it is no development; empty where it did not. */
export function betweenText(between: readonly SeriesBreak[], language: Language): string {
  const breaks = between.map(({ label }) => label[language]).join('. ');
  return breaks === '' ? '' : speaker(language)('since.broken', { breaks });
}
