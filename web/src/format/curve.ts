/** A gap along the positions of the parents, in sentences whose verbs follow the uncertainty. */
import type { Cohort, Figure, GroupList, Language } from '../api/types';
import type { Say } from '../content/words';
import { ALL } from '../state/comparing';
import { changeOf } from '../state/curve';
import { certaintyOf, type Gap, gapGroups } from '../state/gap';
import type { Group } from '../state/group';
import { withInterval } from './comparison';
import type { Style } from './numbers';
import { groupWords } from './sentences';

/** The two groups, whatever their parents: `vrouwen` and `mannen`, `mensen van Turkse herkomst`. */
export const pairWords = (group: Group, gap: Gap, groups: GroupList, language: Language, cohort?: Cohort): [plus: string, minus: string] =>
  gapGroups({ ...group, position: ALL }, gap).map((one) => groupWords(one, groups, language, cohort).join(' ')) as [string, string];

/** A position of the parents in words (`met ouders met een laag inkomen`), and the gap there. */
export interface End {
  phrase: string;
  gap: Figure | null;
}

/** What may be said of the gap at low and at high parents, and of the change between them. `style` writes differences. */
export function curveStory(low: End, high: End, [plus, minus]: readonly [string, string], style: Style, say: Say): string[] {
  const at = ({ phrase, gap }: End): string =>
    gap === null ? say('curve.at.none', { who: phrase }) : say(`curve.at.${certaintyOf(gap)}`, { who: phrase, plus, minus, difference: withInterval(gap, style, say) });
  const story = [at(low), at(high)];
  if (low.gap !== null && high.gap !== null) story.push(say(`curve.change.${changeOf(low.gap, high.gap)}`, { low: low.phrase, high: high.phrase }));
  return story;
}
