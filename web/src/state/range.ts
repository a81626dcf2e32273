/** A range of one figure: which areas lie in it, how sure that is, and how it is written in an address. */
import type { Layer } from '../api/types';
import { roundStep } from '../format/numbers';

export interface Range {
  low: number;
  high: number;
  /** Of which outcome and group the figure is; it stays so when another outcome is looked at. */
  outcome: string;
  group: string;
}

const SEPARATOR = '~';

/** `29000~31000~c35_income~income=all;all;all;all`, or null when it has not that shape. */
export function parseRange(text: string | null): Range | null {
  const [low, high, outcome, group, ...more] = (text ?? '').split(SEPARATOR);
  const [from, to] = [Number(low), Number(high)];
  if (!low || !high || !outcome || !group || more.length > 0 || !Number.isFinite(from) || !Number.isFinite(to)) return null;
  return { low: Math.min(from, to), high: Math.max(from, to), outcome, group };
}

export const formatRange = ({ low, high, outcome, group }: Range): string => [low, high, outcome, group].join(SEPARATOR);

export interface Selection {
  /** The areas of which the figure lies in the range. */
  inside: ReadonlySet<string>;
  /** How many areas have a figure at all. */
  known: number;
  /** The children in these areas; null where a release does not tell them. */
  children: number | null;
  /** Areas whose interval holds one of the two borders: they may well belong on the other side. */
  crossing: number;
}

/** Which areas of a layer lie in a range; both ends belong to it. */
export function select(layer: Pick<Layer, 'areas' | 'n' | 'est' | 'lwr' | 'upr'>, { low, high }: Range): Selection {
  const inside = new Set<string>();
  let children: number | null = 0;
  let crossing = 0;
  layer.areas.forEach((area, i) => {
    const est = layer.est[i] as number;
    const [lwr, upr] = [layer.lwr[i] ?? est, layer.upr[i] ?? est];
    if ((lwr < low && upr >= low) || (lwr <= high && upr > high)) crossing += 1;
    if (est < low || est > high) return;
    inside.add(area);
    const n = layer.n[i] ?? null;
    children = children === null || n === null ? null : children + n;
  });
  return { inside, known: layer.areas.length, children, crossing };
}

/** A short step for the ends of a range on an axis that is `width` long: 1, 2 or 5 times a power of ten. */
export function stepOf(width: number): number {
  return roundStep(width / 120 || 1);
}

/** A value as a multiple of a step, without the dust of floating point. */
export const roundTo = (value: number, step: number): number => Number((Math.round(value / step) * step).toPrecision(9));
