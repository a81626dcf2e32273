/** What was done as the published KansenKaart does it, in one sentence. */
import type { Compat, Language } from '../api/types';
import { speaker } from '../content/words';

/** The points that change the figures of a cohort; null when there are none, and in older releases. */
export function compatSentence(compat: Compat | null | undefined, cohort: string, language: Language): string | null {
  const own = (compat?.quirks ?? []).filter((quirk) => quirk.cohorts.length === 0 || quirk.cohorts.includes(cohort));
  if (own.length === 0) return null;
  const points = own.map((quirk) => `${quirk.label[language]} (${quirk.id})`).join('; ');
  return speaker(language)('about.compat.text', { points });
}
