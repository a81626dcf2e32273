/** An area's difference from the country, split by the origins of who grew up there, in sentences that follow the uncertainty. */
import type { ComposedArea, DifferencePart } from '../api/types';
import type { Say } from '../content/words';
import { asDifference, figureText, intervalText, precisionOf, type Style } from './numbers';

const isClear = ({ lwr, upr }: DifferencePart): boolean => lwr > 0 || upr < 0;

/** Nothing where it cannot be said, or where only one origin is told. */
export function compositionStory(told: ComposedArea, name: string, style: Style, say: Say): string[] {
  const { composition, rates } = told;
  if (composition === null || rates === null) {
    return told.reason === 'too_many_hidden' ? [say('composition.hidden', { name })] : [];
  }
  const own = asDifference(style, say);
  // Parts of a sum: all as fine as the surest of them.
  const precision = [composition, rates].some((part) => precisionOf(part, own) === 'fine') ? 'fine' : 'coarse';
  const text = (part: DifferencePart): string => figureText(part.est, own, precision);
  const between = (part: DifferencePart): { low: string; high: string } => {
    const [low, high] = intervalText(part.lwr, part.upr, own) ?? ['', ''];
    return { low, high };
  };
  return [
    say('composition.difference', { name, difference: figureText(told.difference, own, precision) }),
    say(isClear(composition) ? 'composition.part' : 'composition.part.unclear', { part: text(composition), ...between(composition) }),
    say(isClear(rates) ? 'composition.rates' : 'composition.rates.unclear', { part: text(rates), ...between(rates) }),
  ];
}
