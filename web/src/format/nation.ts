/** What is told of the whole country only, in words that follow the uncertainty. */
import type { Chances, Dependence, Language, Outcome, Spells, Weighted } from '../api/types';
import type { Say } from '../content/words';
import { shareStyle } from './climb';
import { figureText, numberText, type Precision, pointsText, type Style } from './numbers';

/** Chances in steps below a per cent have a decimal. */
export const precisionOfSteps = (step: readonly number[]): Precision => (step.some((one) => one < 0.01) ? 'fine' : 'coarse');

/** A change for certain, or none that is clear: what an interval leaves to say. */
export const directionOf = ({ lwr, upr }: { lwr: number; upr: number }): 'down' | 'up' | 'unclear' => (upr < 0 ? 'down' : lwr > 0 ? 'up' : 'unclear');

const ends = (a: number, b: number): [number, number] => (Math.abs(a) < Math.abs(b) ? [Math.abs(a), Math.abs(b)] : [Math.abs(b), Math.abs(a)]);

/** `Uit een laag inkomen komen werd moeilijker: elk jaar 0,6 procentpunt minder kans, 2006–2017.` */
export function trendStory(trend: Spells['trend'], language: Language, say: Say): string {
  if (trend === null) return say('nation.trend.none');
  const { first, last, est, lwr, upr } = trend;
  const way = directionOf(trend);
  const points = (value: number): string => pointsText(value, language);
  if (way === 'unclear') return say('nation.trend.unclear', { first, last, est: points(est), low: points(lwr), high: points(upr) });
  const [low, high] = ends(lwr, upr);
  return say(`nation.trend.${way}`, { first, last, est: points(Math.abs(est)), low: points(low), high: points(high) });
}

/** The first and the last of the chances by length: `35% na één jaar, 10% na tien jaar`. */
export function leavingStory(leaving: Chances, language: Language, say: Say): string {
  const last = leaving.place.length - 1;
  if (last < 0) return say('nation.leaving.none');
  const precision = precisionOfSteps(leaving.step);
  const share = (at: number): string => numberText(leaving.est[at] ?? null, shareStyle(language), precision);
  if (last === 0) return say('nation.leaving.one', { year: leaving.place[0] ?? 1, share: share(0) });
  return say('nation.leaving', { first: leaving.place[0] ?? 1, last: leaving.place[last] ?? 1, early: share(0), late: share(last) });
}

/** That it comes back: the chance in the first year that is told. */
export function againStory(again: Chances, language: Language, say: Say): string {
  if (again.place.length === 0) return say('nation.again.none');
  const write = (value: number | undefined): string => numberText(value ?? null, shareStyle(language), precisionOfSteps(again.step));
  return say('nation.again', { place: again.place[0] ?? 1, share: write(again.est[0]), low: write(again.lwr[0]), high: write(again.upr[0]) });
}

/** By how much the chance is smaller when a spell has lasted twice as long: a slope of logarithms, made plain. */
const perDoubling = (slope: number): number => 2 ** slope - 1;

/** Whether leaving gets harder the longer it lasts: as it looks, and with who people are allowed for. */
export function dependenceStory(found: readonly Dependence[], language: Language, say: Say): string[] {
  return (['none', 'gamma'] as const).flatMap((frailty) => {
    const one = found.find((other) => other.frailty === frailty);
    if (one === undefined) return [];
    const { est, lwr, upr } = one;
    if (est === null || lwr === null || upr === null) return [say(`nation.length.${frailty}.none`)];
    const way = directionOf({ lwr, upr });
    const [low, high] = ends(perDoubling(lwr), perDoubling(upr));
    const share = (value: number): string => numberText(Math.abs(value), shareStyle(language));
    return [say(`nation.length.${frailty}.${way}`, { change: share(perDoubling(est)), low: share(low), high: share(high) })];
  });
}

/** Whether those who are gone make a difference: never more than a step, or how much at most. */
export function goneStory(parts: readonly Chances[], language: Language, say: Say): string {
  const apart = parts.flatMap(({ est, weighted, step }) => (weighted ?? []).map((value, i) => ({ by: Math.abs(value - (est[i] ?? value)), step: step[i] ?? 0 })));
  const most = Math.max(0, ...apart.map(({ by }) => by));
  const isSame = apart.every(({ by, step }) => by <= step + 1e-9);
  return isSame ? say('nation.gone.same') : say('nation.gone.differs', { points: pointsText(most, language) });
}

/** The national figure beside the one where those who are gone are stood for. */
export function weightedStory(outcome: Pick<Outcome, 'national'>, weighted: Weighted, style: Style, say: Say): string {
  const [own, gone] = [outcome.national?.est ?? null, figureText(weighted.est, style)];
  if (own === null) return say('nation.weighted.only', { gone });
  const way = weighted.lwr > own ? 'higher' : weighted.upr < own ? 'lower' : 'unclear';
  return say(`nation.weighted.${way}`, { own: figureText(own, style), gone });
}
