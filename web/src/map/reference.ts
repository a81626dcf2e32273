/**
 * What the colours are compared with. The release freezes class breaks around the figure of everyone in the country; for a
 * group that differs much from everyone, a map of them says little more than that. The same steps can then be laid around
 * the national figure of the group itself.
 */
import type { Breaks } from '../api/types';

export type Reference = 'everyone' | 'group';

/** The national figure of one outcome and group: null when the release has none, or when it could not be fetched. */
export interface National {
  outcome: string;
  group: string;
  est: number | null;
  isFailed: boolean;
}

export interface Scale {
  /** Ascending; empty when the outcome has no classes. */
  breaks: readonly number[];
  reference: number | null;
  /** Whose reference it is: the one that was asked for, as far as its figure is known. */
  of: Reference;
}

/** A shift may move the reference at most this part of a step away from its place in the middle class. */
const FINEST_PART = 4;

/** The largest power of ten that all breaks are multiples of and that is small beside the steps between them. */
function unitOf(breaks: readonly number[]): number {
  const gap = Math.min(...breaks.slice(1).map((value, i) => value - (breaks[i] as number)));
  const isMultiple = (unit: number): boolean =>
    breaks.every((value) => Math.abs(value / unit - Math.round(value / unit)) < 1e-6);
  let power = Math.floor(Math.log10(gap / FINEST_PART) + 1e-9);
  const finest = power - 3;
  while (power > finest && !isMultiple(10 ** power)) power -= 1;
  return 10 ** power;
}

/** The frozen breaks moved so that `national` takes the place of the reference; as round as they were, no step changed. */
export function shiftBreaks({ values, reference }: Breaks, national: number): number[] {
  if (values.length < 2) return values.map((value) => value + national - reference);
  const unit = unitOf(values);
  const shift = Math.round((national - reference) / unit);
  // Through whole numbers of units, so that 0.1 + 0.2 stays 0.3.
  return values.map((value) => Number(((Math.round(value / unit) + shift) * unit).toPrecision(12)));
}

/** The breaks and the reference to colour with; falls back to everyone while the group's own figure is not known. */
export function scaleOf(breaks: Breaks | null, wanted: Reference, national: number | null): Scale {
  if (breaks === null) return { breaks: [], reference: null, of: 'everyone' };
  if (wanted === 'everyone' || national === null) {
    return { breaks: breaks.values, reference: breaks.reference, of: 'everyone' };
  }
  return { breaks: shiftBreaks(breaks, national), reference: national, of: 'group' };
}
