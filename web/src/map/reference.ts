/**
 * What the colours are compared with. The release freezes class breaks around the figure of everyone in the country; for a
 * group that differs much from everyone, a map of them says little more than that. The same steps can then be laid around
 * another figure: that of the group itself in the country, or that of one place. Or every area is compared with a figure of
 * its own: that of its province or COROP region, or the mean of the municipalities that are about as large.
 */
import type { Breaks } from '../api/types';
import type { Reference } from '../state/address';

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
  /** Areas are compared each with a figure of its own, null where that is not known: the breaks are of differences. */
  ofArea: ((area: string) => number | null) | null;
}

/** A reference that differs from area to area. */
export const isPerArea = (reference: Reference): boolean =>
  reference === 'province' || reference === 'corop' || reference === 'similar';

/** The area that everything is compared with; null for the other references. */
export const placeOf = (reference: Reference): string | null =>
  reference.startsWith('place:') ? reference.slice('place:'.length) : null;

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

/** What was found to compare with: one figure, or one for each area; both null while the release has none. */
export interface Found {
  est: number | null;
  ofArea: Scale['ofArea'];
}

/** The breaks and the reference to colour with; falls back to everyone while the wanted figure is not known. */
export function scaleOf(breaks: Breaks | null, wanted: Reference, found: Found): Scale {
  if (breaks === null) return { breaks: [], reference: null, of: 'everyone', ofArea: null };
  const { values, reference } = breaks;
  if (isPerArea(wanted) && found.ofArea !== null) {
    return { breaks: shiftBreaks(breaks, 0), reference: 0, of: wanted, ofArea: found.ofArea };
  }
  if (wanted === 'everyone' || isPerArea(wanted) || found.est === null) {
    return { breaks: values, reference, of: 'everyone', ofArea: null };
  }
  return { breaks: shiftBreaks(breaks, found.est), reference: found.est, of: wanted, ofArea: null };
}

/** What must be taken off the figure of an area to read it on the breaks; NaN where there is nothing to compare it with. */
export function shiftOver({ ofArea }: Scale, areas: readonly string[]): ((row: number) => number) | null {
  return ofArea === null ? null : (row) => ofArea(areas[row] ?? '') ?? NaN;
}

/** How many areas of about the same size an area is compared with. */
export const PEERS = 20;

/**
 * For each area the mean figure of the `PEERS` areas with a figure that are nearest to it in number of inhabitants, itself
 * left out. Areas whose number of inhabitants is not known have no peers.
 */
export function peerMeans(
  areas: readonly string[],
  est: readonly number[],
  populationOf: (area: string) => number | null,
): Map<string, number> {
  const sized = areas
    .map((area, row) => ({ area, people: populationOf(area), est: est[row] as number }))
    .filter((one): one is { area: string; people: number; est: number } => one.people !== null)
    .sort((a, b) => a.people - b.people);
  const means = new Map<string, number>();
  const wanted = Math.min(PEERS, sized.length - 1);
  if (wanted < 1) return means;
  sized.forEach(({ area, people }, at) => {
    let [below, above, sum] = [at - 1, at + 1, 0];
    for (let found = 0; found < wanted; found += 1) {
      const [smaller, larger] = [sized[below], sized[above]];
      // Sizes are compared as ratios: 10,000 is as near to 20,000 as 40,000 is.
      const isSmaller = larger === undefined || (smaller !== undefined && people / smaller.people <= larger.people / people);
      sum += (isSmaller ? smaller : larger)?.est ?? 0;
      if (isSmaller) below -= 1;
      else above += 1;
    }
    means.set(area, sum / wanted);
  });
  return means;
}
