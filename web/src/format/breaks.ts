/** Where a series of figures is broken, so that it must not be read as a development: declared in `content/breaks.json`. */
import type { Label, Language } from '../api/types';
import declared from '../content/breaks.json';

const BREAKS: { outcomes: RegExp; label: Label }[] = declared.map(({ outcomes, label }) => ({ outcomes: new RegExp(outcomes), label }));

/** What there is to say of the breaks in the series of an outcome; empty when none is known. */
export const breakText = (outcome: string, language: Language): string =>
  BREAKS.filter(({ outcomes }) => outcomes.test(outcome))
    .map(({ label }) => label[language])
    .join(' ');
