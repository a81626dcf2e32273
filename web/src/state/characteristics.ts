/** What is known of areas besides outcomes, to set an outcome against. */
import { getLayer } from '../api/client';
import type { GroupList, Layer } from '../api/types';
import type { AreaNames } from './areas';
import { ALL } from './comparing';
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

/** A characteristic by area: inhabitants, or a part from 0 to 1 of the children with a figure for this outcome. */
export async function loadCharacteristic(
  characteristic: Characteristic,
  { outcome, level, axis }: { outcome: string; level: string; axis: string },
  names: AreaNames,
  areas: readonly string[],
): Promise<Map<string, number>> {
  if (characteristic === POPULATION) {
    return new Map(areas.flatMap((area) => {
      const people = names.get(area)?.population ?? null;
      return people === null || people <= 0 ? [] : [[area, people] as const];
    }));
  }
  const { dimension, choice } = SHARES[characteristic];
  const everybody: Group = { axis, position: ALL, sex: ALL, origin: ALL, household: ALL };
  const [part, whole] = await Promise.all([
    getLayer(outcome, level, formatGroup({ ...everybody, [dimension]: choice })),
    getLayer(outcome, level, formatGroup(everybody)),
  ]);
  return partsOf(part, whole);
}

/** Area by area the children of one layer as a part of those of another; areas that one of them hides are absent. */
export function partsOf(part: Pick<Layer, 'areas' | 'n'>, whole: Pick<Layer, 'areas' | 'n'>): Map<string, number> {
  const counts = new Map(whole.areas.map((area, row) => [area, whole.n[row] ?? null]));
  return new Map(part.areas.flatMap((area, row) => {
    const [own, all] = [part.n[row] ?? null, counts.get(area) ?? null];
    return own === null || all === null || all === 0 ? [] : [[area, own / all] as const];
  }));
}
