/** What may be said about two figures side by side; the verb follows how certain the difference is. */
import type { Figure } from '../api/types';
import type { Say } from '../content/words';
import { verdictOn } from '../state/comparing';
import { difference } from '../state/gap';
import { noiseText, roughly } from './noise';
import { asDifference, figureText, intervalText, type Style } from './numbers';

/** `€ 1.200 (waarschijnlijk tussen … en …)`: a figure with its interval, and its noise, between brackets. */
export function withInterval(figure: Figure, style: Style, say: Say): string {
  const ends = intervalText(figure.lwr, figure.upr, style);
  const text = roughly(figureText(figure.est, style), figure, say);
  const noise = noiseText(figure, style, say);
  if (ends === null) return noise === '' ? text : `${text} (${say('noise.with', { size: noise })})`;
  return say(noise === '' ? 'compare.interval' : 'compare.interval.noise', { figure: text, low: ends[0], high: ends[1], noise });
}

/** How the figure of one place compares with that of another: one sentence. */
export function placeSentence(own: { name: string; figure: Figure }, other: { name: string; figure: Figure }, style: Style, say: Say): string {
  const verdict = verdictOn(own.figure, other.figure);
  return say(`compare.${verdict}`, {
    name: own.name,
    other: other.name,
    difference: withInterval(difference(own.figure, other.figure), asDifference(style, say), say),
  });
}

/** Whether the difference between two places is larger for a group than for everybody. */
export function effectSentence(own: { group: Figure; all: Figure }, other: { group: Figure; all: Figure }, style: Style, say: Say): string {
  const [group, all] = [difference(own.group, other.group), difference(own.all, other.all)];
  // Sizes are compared: a difference that turns round has not become smaller.
  const sign = all.est < 0 ? -1 : 1;
  const change = difference(group, all);
  const [low, high] = sign > 0 ? [change.lwr, change.upr] : [change.upr === null ? null : -change.upr, change.lwr === null ? null : -change.lwr];
  const verdict = low === null || high === null || (low <= 0 && high >= 0) ? 'unclear' : low > 0 ? 'larger' : 'smaller';
  const written = (figure: Figure): string => figureText(figure.est, asDifference(style, say));
  return say(`compare.effect.${verdict}`, { all: written(all), group: written(group), change: figureText(change.est, asDifference(style, say)) });
}
