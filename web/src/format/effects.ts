/** Effects in words that follow the uncertainty: what was found, what the checks say, whom it is about. */
import type { Effect, Estimated, Language, Placebo } from '../api/types';
import { fill, type Say, textIfAny } from '../content/words';
import { directionOf } from './nation';
import { countText, percentText, plainText } from './numbers';

/** A p-value up to which something is said to be there. */
const SURE = 0.05;

/** An estimate that is told. */
export type Told = { est: number; lwr: number; upr: number; step: number };

export function toldOf({ est, lwr, upr, step }: Estimated): Told | null {
  return est === null || lwr === null || upr === null || step === null ? null : { est, lwr, upr, step };
}

/** How many digits behind the decimal sign a step has. */
const digitsOf = (step: number): number => Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9)));

/** One number of an effect: a share of the difference between places, or a difference in the unit of the outcome. */
export function effectText(value: number, { method, kind }: Pick<Effect, 'method' | 'kind'>, step: number, language: Language, say: Say): string {
  if (method === 'movers') return percentText(value, digitsOf(step * 100), language);
  const scale = kind === 'share' ? 100 : 1;
  const number = plainText(Math.abs(value) * scale, digitsOf(step * scale), language);
  const sign = !/[1-9]/.test(number) ? '' : value < 0 ? '−\u2060' : '+\u2060';
  return kind === 'money' ? `${sign}€\u202f${number}` : kind === 'share' ? `${sign}${number} ${say('unit.points')}` : `${sign}${number}`;
}

/** The checks that do not hold, in words; empty where all do. */
export function warningOf({ placebos }: Pick<Effect, 'placebos'>, say: Say): string {
  const failed = placebos.filter(({ verdict }) => verdict === 'fails');
  if (failed.length === 0) return '';
  return say('effects.warning', { names: failed.map(({ name }) => say(`effects.check.${name}`).toLowerCase()).join('; ') });
}

/** What was found, in sentences. A check that does not hold is said before this: see `warningOf`. */
export function effectStory(effect: Effect, language: Language, say: Say): string[] {
  const found = toldOf(effect.effect);
  if (found === null) return [];
  const write = (value: number, { step }: Told): string => effectText(value, effect, step, language, say);
  const parts = (told: Told): Record<'est' | 'low' | 'high', string> => ({ est: write(told.est, told), low: write(told.lwr, told), high: write(told.upr, told) });
  const outcome = effect.outcome[language];
  const { wild = null, permutation = null } = effect.tests ?? {};
  const chance = wild === null || permutation === null ? null : Math.max(wild, permutation);
  // Of few areas the interval is too narrow: the tests decide, and without them nothing is claimed.
  const isClear = !effect.few || (chance ?? 1) <= SURE;
  const isChecked = effect.placebos.some(({ verdict }) => verdict === 'as_expected');
  const key = warningOf(effect, say) !== '' ? 'effects.doubt' : !isChecked ? 'effects.unchecked' : (`effects.${effect.method}.${isClear ? directionOf(found) : 'unclear'}` as const);
  const stories = [say(key, { ...parts(found), outcome, until: plainText(effect.until ?? 0, 1, language) })];
  const chosen = effect.chosen === null ? null : toldOf(effect.chosen);
  if (chosen !== null) stories.push(say(`effects.chosen.${directionOf(chosen) === 'unclear' ? 'unclear' : 'clear'}`, parts(chosen)));
  if (effect.few) {
    const count = effect.areas?.treated ?? 0;
    stories.push(chance === null ? say('effects.few.none', { count }) : say('effects.few', { count, p: percentText(chance, 0, language) }));
  }
  return stories;
}

/**
 * What the outcome of a check is called. One whose interval holds both nothing and the effect would have held either way: it
 * says little.
 */
export function verdictText(placebo: Placebo, { effect }: Pick<Effect, 'effect'>, say: Say): string {
  const told = toldOf(placebo);
  const holds = (value: number | null): boolean => told !== null && value !== null && told.lwr <= value && value <= told.upr;
  return say(placebo.verdict === 'as_expected' && holds(0) && holds(effect.est) ? 'effects.verdict.weak' : `effects.verdict.${placebo.verdict}`);
}

/** What one check says: `klopt: 2,5% (tussen −3% en 8,5%)`. */
export function checkText(placebo: Placebo, effect: Effect, language: Language, say: Say): string {
  const told = toldOf(placebo);
  const verdict = verdictText(placebo, effect, say);
  if (told !== null) {
    const write = (value: number): string => effectText(value, effect, told.step, language, say);
    return `${verdict}: ${say('line.point', { figure: write(told.est), low: write(told.lwr), high: write(told.upr) })}`;
  }
  if (placebo.p !== null) return `${verdict} (${say('effects.p', { p: percentText(placebo.p, 0, language) })})`;
  const reason = placebo.reason === null ? '' : (textIfAny(language, `effects.reason.${placebo.reason}`) ?? placebo.reason);
  return reason === '' ? verdict : `${verdict}: ${reason}`;
}

/** Whom an effect is about. */
export function peopleText({ method, people, areas, years: [from, to], clusters }: Effect, language: Language, say: Say): string[] {
  const count = (value: number | null | undefined): string => (value == null ? say('effects.few.people') : countText(value, language));
  if (method === 'movers') return [say('effects.people.movers', { movers: count(people.movers), residents: count(people.residents), from, to, clusters: count(clusters) })];
  const reasons = Object.entries(areas?.left_out ?? {}).map(([why, many]) => fill(textIfAny(language, `effects.left.${why}`) ?? `{count} ${why}`, { count: many }));
  return [
    say('effects.people.policy', { treated: areas?.treated ?? 0, with: count(people.treated), untreated: areas?.untreated ?? 0, without: count(people.untreated), from, to }),
    ...(reasons.length === 0 ? [] : [say('effects.left', { reasons: reasons.join(', ') })]),
  ];
}
