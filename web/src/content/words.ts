/** The texts of the page. Names of outcomes, groups and levels are not here: they come with the release. */
import type { Language } from '../api/types';
import english from './en.json';
import dutch from './nl.json';

export type TextKey = keyof typeof dutch;
export type Parts = Record<string, string | number>;

const TEXTS: Record<Language, Record<TextKey, string>> = { nl: dutch, en: english };

/** Fills `{name}` in a template; a part that is not given stays visible, so that a test sees it. */
export const fill = (template: string, parts: Parts): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => String(parts[name] ?? whole));

export type Say = (key: TextKey, parts?: Parts) => string;

/** A function that says a text in one language. */
export function speaker(language: Language): Say {
  const texts = TEXTS[language];
  return (key, parts = {}) => fill(texts[key], parts);
}

/** The text under a key that is put together from ids, or null when there is none for these ids. */
export function textIfAny(language: Language, key: string): string | null {
  const texts: Record<string, string> = TEXTS[language];
  return texts[key] ?? null;
}
