/** The areas of a layer in bins along their figures: what the distribution is drawn from. */
import { classOf } from './colours';

export interface Bin {
  from: number;
  to: number;
  count: number;
  /** How many of them are looked at, when there is a range. */
  inside: number;
  /** The class that the whole bin lies in. */
  ownClass: number;
}

export interface Histogram {
  low: number;
  high: number;
  bins: Bin[];
  most: number;
}

/** Bins of an inner class: class breaks are always borders of bins, so that a bin has one colour. */
const BINS_PER_CLASS = 4;
/** How many inner classes the two outer ones are drawn wide, at most. */
const OUTER_CLASSES = 3;
/** The share of the areas at each end that may lie beyond the axis. */
const TAIL = 0.02;
/** Bins where an outcome has no classes. */
const PLAIN_BINS = 24;

/** The two ends of the axis, and the borders of the bins between them. */
function borders(values: readonly number[], breaks: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  const [first, last] = [breaks[0], breaks.at(-1)];
  if (first === undefined || last === undefined || breaks.length < 2) {
    const [lowest, highest] = [sorted[0], sorted.at(-1)];
    if (lowest === undefined || highest === undefined) return [];
    const width = (highest - lowest) / PLAIN_BINS || 1;
    return Array.from({ length: PLAIN_BINS + 1 }, (_, i) => lowest + i * width);
  }
  const width = (last - first) / (breaks.length - 1) / BINS_PER_CLASS;
  const outer = (room: number): number => Math.min(OUTER_CLASSES * BINS_PER_CLASS, Math.max(BINS_PER_CLASS, Math.ceil(room / width)));
  const tail = Math.floor(sorted.length * TAIL);
  const below = outer(first - (sorted[tail] ?? first));
  const above = outer((sorted[sorted.length - 1 - tail] ?? last) - last);
  const inner = breaks.slice(1).flatMap((to, i) => {
    const from = breaks[i] as number;
    return Array.from({ length: BINS_PER_CLASS }, (_, part) => from + ((to - from) * (part + 1)) / BINS_PER_CLASS);
  });
  return [
    ...Array.from({ length: below }, (_, i) => first - (below - i) * width),
    first,
    ...inner,
    ...Array.from({ length: above }, (_, i) => last + (i + 1) * width),
  ];
}

/** Counts values in bins; what lies beyond the axis is counted in its outermost bins. */
export function histogramOf(
  values: readonly number[],
  breaks: readonly number[],
  isInside: (i: number) => boolean = () => true,
): Histogram {
  const edges = borders(values, breaks);
  const bins: Bin[] = edges.slice(1).map((to, i) => {
    const from = edges[i] as number;
    return { from, to, count: 0, inside: 0, ownClass: classOf((from + to) / 2, breaks) };
  });
  values.forEach((value, i) => {
    const at = Math.max(0, Math.min(bins.length - 1, classOf(value, edges) - 1));
    const bin = bins[at];
    if (bin === undefined) return;
    bin.count += 1;
    if (isInside(i)) bin.inside += 1;
  });
  return {
    low: edges[0] ?? 0,
    high: edges.at(-1) ?? 1,
    bins,
    most: Math.max(1, ...bins.map(({ count }) => count)),
  };
}
