/** Comparing places and groups: which groups there are side by side, their figures, and what may be said of two of them. */
import { AnswerError, getAreaPage, getLayer, search } from '../api/client';
import { figureAt } from '../api/layer';
import type { Choice, Figure, GroupList, Language, Layer } from '../api/types';
import { isNoisy, noiseSize } from '../format/noise';
import type { AreaNames } from './areas';
import { choicesOf, difference, type GapDimension } from './gap';
import { formatGroup, type Group } from './group';

export interface Place {
  id: string;
  /** What the address calls it: another id, where it became part of this area. */
  asked: string;
  name: string;
  level: string;
}

/** One side-by-side member: a choice of a dimension, and the group that it makes. */
export interface Member {
  choice: Choice;
  group: string;
}

/** Everybody, in every dimension. */
export const ALL = 'all';

/** The groups that one dimension splits a group into; without the whole of them unless `withAll`. */
export function membersOf(dimension: GapDimension, group: Group, groups: GroupList, withAll = false): Member[] {
  return choicesOf(dimension, group.axis, groups)
    .filter(({ id }) => withAll || id !== ALL)
    .map((choice) => ({ choice, group: formatGroup({ ...group, [dimension]: choice.id }) }));
}

/** A position of the parents: where it lies along their ranks, from 0 to 1, and what it is called. */
export interface Rung {
  choice: Choice;
  rank: number;
  label: string;
}

/** Where the positions of the parents lie on the ladder: halfway their slice, or evenly where they are none. */
export function rungsOf(group: Group, groups: GroupList, language: Language): Rung[] {
  const positions = groups.axes.find(({ id }) => id === group.axis)?.positions.filter(({ id }) => id !== ALL) ?? [];
  return positions.map(({ range, ...choice }, i) => ({
    choice,
    label: choice.label[language],
    rank: range === null ? (i + 0.5) / positions.length : (range[0] + range[1]) / 2,
  }));
}

export const figureKey = (place: string, group: string): string => `${place} ${group}`;

/** The figures of places in groups, by `figureKey`; absent where a figure is hidden. A failed request rejects. */
export async function loadFigures(
  outcome: string,
  places: readonly Pick<Place, 'id' | 'level'>[],
  groups: readonly string[],
): Promise<Map<string, Figure & { reliability: string }>> {
  const found = new Map<string, Figure & { reliability: string }>();
  const levels = [...new Set(places.map(({ level }) => level))];
  const asked = levels.flatMap((level) => groups.map(async (group) => ({ level, group, layer: await getLayer(outcome, level, group) })));
  for (const { level, group, layer } of await Promise.all(asked)) {
    for (const place of places) {
      if (place.level !== level) continue;
      const figure = figureOf(layer, place.id);
      if (figure !== null) found.set(figureKey(place.id, group), figure);
    }
  }
  return found;
}

function figureOf(layer: Layer, area: string): (Figure & { reliability: string }) | null {
  const row = layer.areas.indexOf(area);
  return row < 0 ? null : { ...figureAt(layer, row), reliability: layer.reliability.charAt(row) };
}

export interface FoundPlaces {
  places: Place[];
  /** What stands in the address and is no area of this release, nor became part of one. */
  unknown: string[];
}

/**
 * Names and levels of places: known ones at once, others from the server. A former municipality stands for the one that it
 * became part of. Rejects when the server does not answer.
 */
export async function loadPlaces(ids: readonly string[], names: AreaNames): Promise<FoundPlaces> {
  const found = await Promise.all(ids.map((id) => findPlace(id, names)));
  return {
    places: found.filter((place) => place !== null),
    unknown: ids.filter((_, i) => found[i] === null),
  };
}

async function findPlace(id: string, names: AreaNames): Promise<Place | null> {
  const known = names.get(id);
  if (known !== null) return { id, asked: id, name: known.name, level: known.level };
  try {
    const { name, level } = await getAreaPage(id, '');
    return { id, asked: id, name, level };
  } catch (error) {
    if (!(error instanceof AnswerError) || !error.isUnknown) throw error;
    const { results } = await search(id, 1);
    const successor = results[0];
    if (successor === undefined || successor.note === null) return null;
    return { id: successor.area, asked: id, name: successor.name, level: successor.level };
  }
}

/**
 * The children of one figure as a part of those of another; null where a number is not told. `variance` is that of the noise
 * on a number of children: what it does to the part (to first order) is told, and makes an interval of 95 %.
 */
export function partOf(part: Figure | null, whole: Figure | null, variance: number): Figure | null {
  const [own, all] = [part?.n ?? null, whole?.n ?? null];
  if (own === null || all === null || all === 0) return null;
  const est = own / all;
  const noise = Math.sqrt(variance * ((isNoisy(part) ? 1 : 0) + (isNoisy(whole) ? est ** 2 : 0))) / all;
  const half = noiseSize(noise);
  return { n: all, est, lwr: noise > 0 ? est - half : null, upr: noise > 0 ? est + half : null, noise_sd: noise };
}

/** Whether one figure is clearly higher or lower than another: whether the interval of their difference leaves out zero. */
export function verdictOn(figure: Figure, other: Figure): 'higher' | 'lower' | 'unclear' {
  const { lwr, upr } = difference(figure, other);
  if (lwr === null || upr === null || (lwr <= 0 && upr >= 0)) return 'unclear';
  return lwr > 0 ? 'higher' : 'lower';
}
