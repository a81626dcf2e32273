/** What an attack on the release found, in one line. */
import type { Audit, Language } from '../api/types';
import { speaker } from '../content/words';
import { countText } from './numbers';

/** The result of the audit, or that no audit is attached. */
export function auditSentence(audit: Audit | null, language: Language): string {
  const say = speaker(language);
  if (audit === null) return say('about.audit.none');
  if (audit.reached === 0) return say('about.audit.clean');
  return say('about.audit.found', { reached: countText(audit.reached, language), small: countText(audit.small, language) });
}
