/** The sentences that say exactly what is shown, put together from the view. */
import type { Axis, Choice, Figure, Label, Language } from '../api/types';
import { type Say, speaker, textIfAny } from '../content/words';
import type { Dimension, Group } from '../state/group';
import type { Catalogue, View } from '../state/resolve';
import { figureText, intervalText, type Style } from './numbers';

/** How the figures of an outcome are written in a language. */
export const styleOf = (view: Pick<View, 'outcome' | 'language'>): Style => styleFor(view.outcome.kind, view.language);

export const styleFor = (kind: Style['kind'], language: Language): Style => ({
  kind,
  language,
  rank: language === 'nl' ? 'plek {rank} van 100' : 'rank {rank} of 100',
});

/** A label as the beginning of something. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A name in the middle of a sentence: `Gemeente` becomes `gemeente`, `COROP-gebied` stays. */
export const midSentence = (text: string): string => (/^\p{Lu}\p{Ll}/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text);

const labelOf = (choices: Choice[] | undefined, id: string): Label | null =>
  choices?.find((choice) => choice.id === id)?.label ?? null;

interface GroupWords {
  people: string;
  parents: string;
  household: string;
}

/** The words for a group; ids without words of their own fall back on the labels of the release. */
export function groupWords(group: Group, axes: Axis[], choices: Record<Dimension, Choice[]>, language: Language): GroupWords {
  const say = speaker(language);
  const phrase = (key: string, label: Label | null): string =>
    textIfAny(language, key) ?? say('title.other', { label: label?.[language] ?? '?' });
  const person =
    textIfAny(language, `title.people.${group.sex}`) ??
    say('title.people.all') + phrase('', labelOf(choices.sex, group.sex));
  const origin = group.origin === 'all' ? '' : phrase(`title.origin.${group.origin}`, labelOf(choices.origin, group.origin));
  const axis = axes.find(({ id }) => id === group.axis);
  const parents =
    group.position === 'all'
      ? ''
      : phrase(`title.parents.${group.axis}.${group.position}`, labelOf(axis?.positions, group.position));
  const household =
    group.household === 'all'
      ? ''
      : phrase(`title.household.${group.household}`, labelOf(choices.household, group.household));
  return { people: person + origin, parents, household };
}

/** Cohorts are placed by where they grew up, were born, or live. */
const basisSuffix = (basis: string): '' | '.birth' | '.residence' =>
  basis === 'birth' ? '.birth' : basis === 'residence' ? '.residence' : '';

/** Dutch needs to know whether it is `de` or `het`: all words for areas take `de`, but for those on -gebied. */
const takesHet = (noun: string): boolean => /gebied$/i.test(noun);

/** The title of the page: outcome, people, parents, household and the kind of place. */
export function titleOf(view: View, { groups }: Catalogue): string {
  const { language, outcome, level } = view;
  const say = speaker(language);
  const suffix = basisSuffix(outcome.basis);
  const level_ = midSentence(level.singular[language]);
  const place = say(takesHet(level_) ? `title.place.het${suffix}` : `title.place${suffix}`, { level: level_ });
  return capital(say('title', { outcome: outcome.label[language], ...groupWords(view.group, groups.axes, groups, language), place }));
}

/** Who the figure of one area is about. */
export function areaTitle(view: View, { groups }: Catalogue, name: string): string {
  const { language, outcome } = view;
  const words = groupWords(view.group, groups.axes, groups, language);
  return capital(speaker(language)(`title.grew.up${basisSuffix(outcome.basis)}`, { ...words, name }));
}

/** `waarschijnlijk tussen €27.900 en €29.300`. */
export function intervalSentence(figure: Pick<Figure, 'lwr' | 'upr'>, style: Style, say: Say): string {
  const ends = intervalText(figure.lwr, figure.upr, style);
  return ends === null ? say('area.nointerval') : say('area.interval', { low: ends[0], high: ends[1] });
}

/** A layer in one sentence, for those who do not see the map. */
export function layerSummary(
  layer: { areas: string[]; est: number[] },
  total: number,
  nameOf: (area: string) => string,
  style: Style,
  say: Say,
): string {
  let lowest = 0;
  let highest = 0;
  layer.est.forEach((value, i) => {
    if (value < (layer.est[lowest] as number)) lowest = i;
    if (value > (layer.est[highest] as number)) highest = i;
  });
  if (layer.est.length === 0) return say('map.summary.none');
  return say('map.summary', {
    shown: layer.est.length,
    all: total,
    lowest: figureText(layer.est[lowest] ?? null, style),
    lowestName: nameOf(layer.areas[lowest] ?? ''),
    highest: figureText(layer.est[highest] ?? null, style),
    highestName: nameOf(layer.areas[highest] ?? ''),
  });
}
