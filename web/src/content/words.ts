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

/** Who the figures are about, where other words are needed: people by their own position at the start, not children. */
export type Variant = 'own' | null;

/** A function that says a text in one language; of a variant, in its words where there are any. */
export function speaker(language: Language, variant: Variant = null): Say {
  const texts: Record<string, string> = TEXTS[language];
  return (key, parts = {}) => fill((variant === null ? undefined : texts[`${key}.${variant}`]) ?? (texts[key] as string), parts);
}

/** The text under a key that is put together from ids, or null when there is none for these ids. */
export function textIfAny(language: Language, key: string): string | null {
  const texts: Record<string, string> = TEXTS[language];
  return texts[key] ?? null;
}
