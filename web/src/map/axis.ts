/** Axes of the charts: from figures with intervals to a stretch of numbers, its ticks, and places in pixels. */
import { roundStep } from '../format/numbers';
import type { Figure } from '../api/types';

export interface Axis {
  low: number;
  high: number;
  ticks: number[];
}

/** Room beside the outermost figures, as a part of the stretch between them. */
const MARGIN = 0.06;
/** Intervals may stretch the axis to this many times what the figures alone need; beyond that they are cut off. */
const STRETCH = 1;

/** Round numbers from `low` to `high`, about `count` of them. */
export function ticksBetween(low: number, high: number, count: number): number[] {
  const step = roundStep((high - low) / Math.max(1, count) || 1);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(9)));
}

/** An axis that holds all figures, and their intervals as far as those do not make it much longer. */
export function axisFor(figures: readonly Pick<Figure, 'est' | 'lwr' | 'upr'>[], count: number, limits: [number, number] = [-Infinity, Infinity]): Axis {
  const known = figures.filter(({ est }) => Number.isFinite(est));
  if (known.length === 0) return { low: 0, high: 1, ticks: [] };
  const least = Math.min(...known.map(({ est }) => est));
  const most = Math.max(...known.map(({ est }) => est));
  const widths = known.map(({ lwr, upr }) => (lwr === null || upr === null ? 0 : (upr - lwr) / 2)).sort((a, b) => a - b);
  const usual = widths[Math.floor(widths.length / 2)] ?? 0;
  const reach = Math.max(most - least, 2 * usual, Math.abs(most) * 0.02) * STRETCH;
  let low = Math.min(...known.map(({ est, lwr }) => Math.max(lwr ?? est, least - reach)));
  let high = Math.max(...known.map(({ est, upr }) => Math.min(upr ?? est, most + reach)));
  const margin = (high - low) * MARGIN || 1;
  low = Math.max(limits[0], low - margin);
  high = Math.min(limits[1], high + margin);
  return { low, high, ticks: ticksBetween(low, high, count) };
}

/**
 * The smallest step by which ticks can be left out so that the others do not touch: 1 is all of them, 2 every other.
 * Places and widths in pixels, in ascending order; `gap` is the least between two of them.
 */
export function tickStep(ticks: readonly { at: number; width: number }[], gap: number): number {
  const touches = (step: number): boolean => {
    const kept = ticks.filter((_, i) => i % step === 0);
    return kept.some(({ at, width }, i) => {
      const next = kept[i + 1];
      return next !== undefined && next.at - at < (width + next.width) / 2 + gap;
    });
  };
  let step = 1;
  while (step < ticks.length && touches(step)) step += 1;
  return step;
}

/** A value's place on a stretch of pixels, kept inside it. */
export function placeOn({ low, high }: Pick<Axis, 'low' | 'high'>, length: number): (value: number) => number {
  return (value) => Math.max(0, Math.min(length, ((value - low) / (high - low || 1)) * length));
}
