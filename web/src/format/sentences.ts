/** The sentences that say exactly what is shown, put together from the view. */
import type { Choice, Cohort, Figure, GroupList, Language, Manifest, Outcome } from '../api/types';
import { type Say, speaker } from '../content/words';
import type { Ranked } from '../state/ranked';
import type { Room } from '../state/address';
import { choicesOf, type Gap, type GapDimension, gapGroups } from '../state/gap';
import type { Group } from '../state/group';
import type { Catalogue, View } from '../state/resolve';
import { beyond, countText, figureText, intervalText, type Style } from './numbers';

/** How the figures of an outcome are written in a language. */
export const styleOf = (view: Pick<View, 'outcome' | 'language' | 'isDifference'>): Style =>
  styleFor(view.outcome, view.language, view.isDifference);

export const styleFor = (
  { kind, minimum }: Pick<Outcome, 'kind' | 'minimum'>,
  language: Language,
  isDifference = false,
): Style => {
  const say = speaker(language);
  return {
    kind,
    minimum: minimum ?? null,
    language,
    rank: say('unit.rank', { rank: '{rank}' }),
    difference: isDifference ? { points: say('unit.points'), places: say('unit.places') } : null,
  };
};

/** A label as the beginning of something. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A name in the middle of a sentence: `Gemeente` becomes `gemeente`, `COROP-gebied` stays; `Eén` gets its accent back. */
export const midSentence = (text: string): string =>
  /^\p{Lu}\p{Ll}/u.test(text) ? text.replace(/^Eén/, 'één').replace(/^\p{Lu}/u, (first) => first.toLowerCase()) : text;

/** The words for a group, from most to least essential: people of some origin, their parents, their household. */
export function groupWords(group: Group, groups: GroupList, language: Language, cohort?: Cohort): [people: string, ...more: string[]] {
  const phrase = (choices: Choice[] | undefined, id: string): string =>
    choices?.find((choice) => choice.id === id)?.phrase[language] ?? '';
  const positions = groups.axes.find(({ id }) => id === group.axis)?.positions;
  const called = cohort?.people?.[group.sex]?.[language] ?? phrase(groups.sex, group.sex);
  const people = [called, phrase(groups.origin, group.origin)].filter(Boolean).join(' ');
  const more = [phrase(positions, group.position), phrase(groups.household, group.household)].filter(Boolean);
  return [people, ...more];
}

const cohortOf = ({ outcome }: Pick<View, 'outcome'>, { manifest }: Pick<Catalogue, 'manifest'>): Cohort | undefined =>
  manifest.cohorts.find(({ id }) => id === outcome.cohort);

/** What the two cohorts of a change are called; empty where nothing is taken off. */
export function cohortsOf(view: Pick<View, 'outcome' | 'since' | 'language'>, { manifest, outcomes }: Pick<Catalogue, 'manifest' | 'outcomes'>): { earlier: string; later: string } {
  const name = (outcome: string | null): string => {
    const own = outcomes.outcomes.find(({ id }) => id === outcome)?.cohort;
    return manifest.cohorts.find(({ id }) => id === own)?.label[view.language] ?? own ?? '';
  };
  return { earlier: name(view.since), later: name(view.outcome.id) };
}

/** Cohorts are placed by where they grew up, were born, or live; the home at age 0 is where they were born. */
const basisSuffix = (basis: string, cohort?: Cohort): '' | '.birth' | '.residence' | '.start' =>
  cohort?.population === 'residents' ? '.start' : basis === 'birth' || cohort?.home_age === 0 ? '.birth' : basis === 'residence' ? '.residence' : '';

/** Dutch needs to know whether it is `de` or `het`: all words for areas take `de`, but for those on -gebied. */
const takesHet = (noun: string): boolean => /gebied\b/i.test(noun);

/** The title of the page: outcome, people, and the kind of place that the map compares; less which place. */
export function titleOf(view: View, catalogue: Catalogue, nameOf: (area: string) => string): string {
  if (view.minus !== null) {
    const title = titleOf({ ...view, minus: null }, catalogue, nameOf);
    return speaker(view.language)('title.less', { title, name: nameOf(view.minus) });
  }
  if (view.since !== null) {
    const title = titleOf({ ...view, since: null }, catalogue, nameOf);
    return speaker(view.language)('title.since', { title, ...cohortsOf(view, catalogue) });
  }
  const { language, outcome, level } = view;
  const say = speaker(language);
  const cohort = cohortOf(view, catalogue);
  const suffix = basisSuffix(outcome.basis, cohort);
  const noun = midSentence(level.singular[language]);
  const place = say(takesHet(noun) ? `title.place.het${suffix}` : `title.place${suffix}`, { level: noun });
  if (view.gap === null) {
    const people = groupWords(view.group, catalogue.groups, language, cohort).join(', ');
    return capital(say('title', { outcome: outcome.label[language], people, place }));
  }
  const [plus, minus] = gapWords(view.group, view.gap, catalogue.groups, language, cohort);
  return capital(say('title.gap', { outcome: midSentence(outcome.label[language]), plus, minus, place }));
}

/** The two groups of a gap in words: what they share is said once, behind the first. */
export function gapWords(group: Group, gap: Gap, groups: GroupList, language: Language, cohort?: Cohort): [string, string] {
  const [plus, minus] = gapGroups(group, gap);
  const own = groupWords(plus, groups, language, cohort);
  const other = groupWords(minus, groups, language, cohort);
  const different = other.filter((part) => !own.includes(part));
  return [own.join(', '), different.join(', ') || other.join(', ')];
}

/** Who the figure of one area is about. */
export function areaTitle(view: Pick<View, 'group' | 'gap' | 'language' | 'outcome'>, catalogue: Catalogue, name: string): string {
  const { language, outcome, gap } = view;
  const cohort = cohortOf(view, catalogue);
  if (gap !== null) {
    const [plus, minus] = gapWords(view.group, gap, catalogue.groups, language, cohort);
    const grown = speaker(language)(`title.grew.up${basisSuffix(outcome.basis, cohort)}`, { people: plus, name });
    return capital(speaker(language)('title.minus', { plus: grown, minus }));
  }
  const [people, ...more] = groupWords(view.group, catalogue.groups, language, cohort);
  const grown = speaker(language)(`title.grew.up${basisSuffix(outcome.basis, cohort)}`, { people, name });
  return capital([grown, ...more].join(', '));
}

/** What a choice of a dimension is called in the middle of a sentence; origins are names of countries and keep their capital. */
export function choiceLabel(dimension: GapDimension, id: string, axis: string, groups: GroupList, language: Language): string {
  const text = choicesOf(dimension, axis, groups).find((one) => one.id === id)?.label[language] ?? id;
  return dimension === 'origin' ? text : midSentence(text);
}

/** A gap as a choice in a list: `Hoog min laag inkomen van de ouders`, `vrouwen min mannen`. */
export function gapLabel(gap: Gap, axis: string, groups: GroupList, language: Language): string {
  const label = (id: string): string => choiceLabel(gap.dimension, id, axis, groups, language);
  const of = gap.dimension === 'position' ? (groups.axes.find(({ id }) => id === axis)?.label[language] ?? '') : '';
  const pair = speaker(language)('title.minus.short', { plus: label(gap.plus), minus: label(gap.minus) });
  return capital(of === '' ? pair : `${of}: ${pair}`);
}

/** What stands under every title: figures tell no causes; effects do, and the map does not. */
export const cautionOf = (room: Room, say: Say): string => say(room === 'effects' ? 'effects.caution' : 'caution');

/** `waarschijnlijk tussen €27.900 en €29.300`. */
export function intervalSentence(figure: Pick<Figure, 'lwr' | 'upr'>, style: Style, say: Say): string {
  const ends = intervalText(figure.lwr, figure.upr, style);
  return ends === null ? say('area.nointerval') : say('area.interval', { low: ends[0], high: ends[1] });
}

/** That the line behind a figure runs on outside what can be, and up to where it is shown; null when it does not. */
export function beyondSentence(figure: Pick<Figure, 'est' | 'lwr' | 'upr'>, style: Style, say: Say): string | null {
  const found = beyond(figure, style);
  return found === null ? null : say(`area.beyond.${found.what}`, { limit: figureText(found.limit, style) });
}

/** How many children with and without a binary outcome a figure needs; null when that is not asked of this outcome. */
export function onesAndZeros(outcome: Pick<Outcome, 'kind'>, { profile }: Manifest): { ones: number; zeros: number } | null {
  const { min_ones: ones, min_zeros: zeros } = profile.parameters ?? {};
  return outcome.kind === 'binary' && typeof ones === 'number' && typeof zeros === 'number' ? { ones, zeros } : null;
}

/** A layer in a sentence or two, for those who do not see the map; `clear` are the areas that alone have a colour. */
export function layerSummary(
  layer: { areas: string[]; est: number[] },
  total: number,
  nameOf: (area: string) => string,
  style: Style,
  say: Say,
  clear: ReadonlySet<string> | null = null,
): string {
  let lowest = 0;
  let highest = 0;
  layer.est.forEach((value, i) => {
    if (value < (layer.est[lowest] as number)) lowest = i;
    if (value > (layer.est[highest] as number)) highest = i;
  });
  if (layer.est.length === 0) return say('map.summary.none');
  const summary = say('map.summary', {
    shown: countText(layer.est.length, style.language),
    all: countText(total, style.language),
    lowest: figureText(layer.est[lowest] ?? null, style),
    lowestName: nameOf(layer.areas[lowest] ?? ''),
    highest: figureText(layer.est[highest] ?? null, style),
    highestName: nameOf(layer.areas[highest] ?? ''),
  });
  return clear === null ? summary : `${summary} ${say('announce.clear', { count: countText(clear.size, style.language) })}`;
}

/** `plaats 41–187 van 342`: never one place, unless it is certain. */
export const rankText = ({ low, high, of }: Pick<Ranked, 'low' | 'high' | 'of'>, say: Say): string =>
  low === high ? say('rank.one', { low, of }) : say('rank.range', { low, high, of });
