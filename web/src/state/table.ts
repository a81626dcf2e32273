/** The rows of the table twin, and their order. */
import type { Layer, Reliability } from '../api/types';
import { type Ranked, type Verdict, verdictAt } from './ranked';

export interface Row {
  area: string;
  name: string;
  within: string;
  est: number;
  lwr: number | null;
  upr: number | null;
  n: number | null;
  reliability: Reliability;
  /** Standard deviation of the noise on the figure; 0 where it is exact. */
  noise: number;
  /** The place by the figure alone, to sort by; null while rankings are not known. */
  rank: number | null;
  ranked: Ranked | null;
  /** Whether it differs when all areas are looked at together; null where that is not known. */
  verdict: Verdict | null;
  /** Of a change: the figure of the earlier cohort. */
  earlier: number | null;
}

export type Column = 'name' | 'within' | 'est' | 'lwr' | 'upr' | 'n' | 'reliability' | 'rank';

/** One row per area with a figure. */
export function rowsOf(
  layer: Layer,
  nameOf: (area: string) => string,
  withinOf: (area: string) => string,
  ranks: ReadonlyMap<string, Ranked> | null = null,
  national: number | null = null,
): Row[] {
  return layer.areas.map((area, i) => ({
    rank: ranks?.get(area)?.position ?? null,
    ranked: ranks?.get(area) ?? null,
    area,
    name: nameOf(area),
    within: withinOf(area),
    est: layer.est[i] as number,
    lwr: layer.lwr[i] ?? null,
    upr: layer.upr[i] ?? null,
    n: layer.n[i] ?? null,
    reliability: layer.reliability.charAt(i) as Reliability,
    noise: layer.noise_sd?.[i] ?? 0,
    verdict: verdictAt(layer, i, ranks, national),
    earlier: layer.earlier?.[i] ?? null,
  }));
}

/** A sorted copy; what is not known comes last in both directions, ties go by name. */
export function sortRows(rows: readonly Row[], column: Column, ascending: boolean, locale: string): Row[] {
  // 's-Gravenhage belongs among the s, not before the a.
  const collator = new Intl.Collator(locale, { numeric: true, ignorePunctuation: true });
  const sign = ascending ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[column], b[column]];
    if (x === null || y === null) {
      if (x !== y) return x === null ? 1 : -1;
    } else {
      const order = typeof x === 'number' && typeof y === 'number' ? x - y : collator.compare(String(x), String(y));
      if (order !== 0) return order * sign;
      // Equal figures can be of two groups, which stay together.
      const tier = column === 'rank' ? (a.ranked?.group ?? 0) - (b.ranked?.group ?? 0) : 0;
      if (tier !== 0) return tier * sign;
    }
    return collator.compare(a.name, b.name);
  });
}

/** Rows of a plain table in the order of one of their cells; what is not known comes last in both directions. */
export function sortCells<Item extends { cells: { value: string | number | null }[] }>(
  rows: readonly Item[],
  column: number,
  ascending: boolean,
  locale: string,
): Item[] {
  const collator = new Intl.Collator(locale, { numeric: true, ignorePunctuation: true });
  const sign = ascending ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a.cells[column]?.value ?? null, b.cells[column]?.value ?? null];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : collator.compare(String(x), String(y)));
  });
}
