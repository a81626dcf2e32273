/**
 * What is known of areas besides outcomes, to set an outcome against: inhabitants, the children that figures are about, and
 * the key figures that come with the areas (of who lives there now).
 */
import { getKeyFigures, getLayer } from '../api/client';
import { figureAt } from '../api/layer';
import type { GroupList, KeyFigure, KeyFigures, Kind, Layer } from '../api/types';
import type { AreaNames } from './areas';
import { ALL, partOf } from './comparing';
import { formatGroup, type Group } from './group';

/** The part of the children that belongs to a group: which dimension, and which choice in it. */
const SHARES = {
  share_low_parents: { dimension: 'position', choice: 'very_low' },
  share_origin: { dimension: 'origin', choice: 'any' },
  share_single: { dimension: 'household', choice: 'single' },
} as const;

export const POPULATION = 'population';
/** Before the id of a key figure in the address, so that it can never be taken for an outcome. */
const KEY = 'kern.';
export type Own = typeof POPULATION | keyof typeof SHARES;
/** The characteristics that follow from the release itself. */
export const OWN: readonly Own[] = [POPULATION, ...(Object.keys(SHARES) as (keyof typeof SHARES)[])];

const isOwn = (id: string): id is Own => OWN.some((one) => one === id);

/** Whether an id in the address is one of a characteristic; whether a level has it is known only once it is fetched. */
export const isCharacteristic = (id: string): boolean => isOwn(id) || id.startsWith(KEY);

export const idOfKeyFigure = ({ id }: Pick<KeyFigure, 'id'>): string => KEY + id;

/** The key figure of an id in the address; null for other ids, and where the level has none of it. */
export const keyFigureOf = (id: string, known: KeyFigures | null): KeyFigure | null =>
  known?.characteristics.find((one) => idOfKeyFigure(one) === id) ?? null;

/** Whether a release has the groups that a characteristic is made of. */
export function isAvailable(characteristic: Own, group: Group, groups: GroupList): boolean {
  if (characteristic === POPULATION) return true;
  const { dimension, choice } = SHARES[characteristic];
  const choices = dimension === 'position' ? groups.axes.find(({ id }) => id === group.axis)?.positions : groups[dimension];
  return choices?.some(({ id }) => id === choice) === true;
}

/** How the values of a characteristic are written, and whether they are laid out by ratios. */
export function looksOf(id: string, known: KeyFigures | null): { kind: Kind; isLog: boolean } {
  const figure = keyFigureOf(id, known);
  if (figure !== null) return { kind: figure.kind, isLog: figure.log };
  return { kind: id === POPULATION ? 'count' : 'share', isLog: id === POPULATION };
}

/** A value of an area, and the standard deviation of the noise on it. */
export interface Known {
  value: number;
  noise: number;
}

/** A characteristic by area: a key figure, inhabitants, or a part from 0 to 1 of the children with a figure for this outcome. */
export async function loadCharacteristic(
  characteristic: string,
  { outcome, level, axis }: { outcome: string; level: string; axis: string },
  names: AreaNames,
  areas: readonly string[],
  variance: number,
): Promise<Map<string, Known>> {
  if (!isOwn(characteristic)) {
    const known = await getKeyFigures(level);
    return valuesOf(keyFigureOf(characteristic, known), known.area);
  }
  if (characteristic === POPULATION) {
    return new Map(areas.flatMap((area) => {
      const people = names.get(area)?.population ?? null;
      return people === null || people <= 0 ? [] : [[area, { value: people, noise: 0 }] as const];
    }));
  }
  const { dimension, choice } = SHARES[characteristic];
  const everybody: Group = { axis, position: ALL, sex: ALL, origin: ALL, household: ALL };
  const [part, whole] = await Promise.all([
    getLayer(outcome, level, formatGroup({ ...everybody, [dimension]: choice })),
    getLayer(outcome, level, formatGroup(everybody)),
  ]);
  return partsOf(part, whole, variance);
}

/** The values of a key figure by area; areas without one are absent, and those at zero where only ratios count. */
export function valuesOf(figure: Pick<KeyFigure, 'values' | 'log'> | null, areas: readonly string[]): Map<string, Known> {
  return new Map(areas.flatMap((area, row) => {
    const value = figure?.values[row] ?? null;
    return value === null || (figure?.log === true && value <= 0) ? [] : [[area, { value, noise: 0 }] as const];
  }));
}

/** Area by area the children of one layer as a part of those of another; areas that one of them hides are absent. */
export function partsOf(part: Layer, whole: Layer, variance: number): Map<string, Known> {
  const rowOf = new Map(whole.areas.map((area, row) => [area, row]));
  return new Map(part.areas.flatMap((area, row) => {
    const other = rowOf.get(area);
    const found = other === undefined ? null : partOf(figureAt(part, row), figureAt(whole, other), variance);
    return found === null ? [] : [[area, { value: found.est, noise: found.noise_sd ?? 0 }] as const];
  }));
}
