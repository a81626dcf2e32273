/** What is known of areas besides outcomes, to set an outcome against. */
import { getLayer } from '../api/client';
import { figureAt } from '../api/layer';
import type { GroupList, Layer } from '../api/types';
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
export type Characteristic = typeof POPULATION | keyof typeof SHARES;
export const CHARACTERISTICS: readonly Characteristic[] = [POPULATION, ...(Object.keys(SHARES) as (keyof typeof SHARES)[])];

export const isCharacteristic = (id: string): id is Characteristic => CHARACTERISTICS.some((one) => one === id);

/** Whether a release has the groups that a characteristic is made of. */
export function isAvailable(characteristic: Characteristic, group: Group, groups: GroupList): boolean {
  if (characteristic === POPULATION) return true;
  const { dimension, choice } = SHARES[characteristic];
  const choices = dimension === 'position' ? groups.axes.find(({ id }) => id === group.axis)?.positions : groups[dimension];
  return choices?.some(({ id }) => id === choice) === true;
}

/** A value of an area, and the standard deviation of the noise on it. */
export interface Known {
  value: number;
  noise: number;
}

/** A characteristic by area: inhabitants, or a part from 0 to 1 of the children with a figure for this outcome. */
export async function loadCharacteristic(
  characteristic: Characteristic,
  { outcome, level, axis }: { outcome: string; level: string; axis: string },
  names: AreaNames,
  areas: readonly string[],
  variance: number,
): Promise<Map<string, Known>> {
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

/** Area by area the children of one layer as a part of those of another; areas that one of them hides are absent. */
export function partsOf(part: Layer, whole: Layer, variance: number): Map<string, Known> {
  const rowOf = new Map(whole.areas.map((area, row) => [area, row]));
  return new Map(part.areas.flatMap((area, row) => {
    const other = rowOf.get(area);
    const found = other === undefined ? null : partOf(figureAt(part, row), figureAt(whole, other), variance);
    return found === null ? [] : [[area, { value: found.est, noise: found.noise_sd ?? 0 }] as const];
  }));
}
