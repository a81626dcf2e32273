/** Comparing places and groups: which groups there are side by side, their figures, and what may be said of two of them. */
import { getAreaPage, getLayer } from '../api/client';
import { figureAt } from '../api/layer';
import type { Choice, Figure, GroupList, Layer } from '../api/types';
import type { AreaNames } from './areas';
import { choicesOf, difference, type GapDimension } from './gap';
import { formatGroup, type Group } from './group';

export interface Place {
  id: string;
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

/** Names and levels of places: known ones at once, others from the server; ids that it does not know are left out. */
export async function loadPlaces(ids: readonly string[], names: AreaNames): Promise<Place[]> {
  const found = await Promise.all(
    ids.map(async (id): Promise<Place | null> => {
      const known = names.get(id);
      if (known !== null) return { id, name: known.name, level: known.level };
      try {
        const { name, level } = await getAreaPage(id, '');
        return { id, name, level };
      } catch {
        return null;
      }
    }),
  );
  return found.filter((place) => place !== null);
}

/** Whether one figure is clearly higher or lower than another: whether the interval of their difference leaves out zero. */
export function verdictOn(figure: Figure, other: Figure): 'higher' | 'lower' | 'unclear' {
  const { lwr, upr } = difference(figure, other);
  if (lwr === null || upr === null || (lwr <= 0 && upr >= 0)) return 'unclear';
  return lwr > 0 ? 'higher' : 'lower';
}
