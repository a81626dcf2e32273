/** A layer travels with margins instead of limits, because that is smaller; here the limits come back. */
import type { Figure, Layer } from './types';

/** What the server sends: either `margin` and `skew` with `digits`, or the limits themselves. */
export interface LayerBody extends Omit<Layer, 'lwr' | 'upr'> {
  /** Estimate minus lower limit; null where there is no interval. */
  margin?: (number | null)[] | null;
  /** How many steps of the last digit the upper limit is further away than the lower one. */
  skew?: number[] | null;
  lwr?: (number | null)[] | null;
  upr?: (number | null)[] | null;
  digits: number | null;
}

/** The layer with its limits, rounded as they were before they were packed. */
export function decodeLayer(body: LayerBody): Layer {
  const { outcome, level, group, areas, n, est, reliability, margin, skew, noise_sd = null } = body;
  const step = 10 ** -(body.digits ?? 0);
  const round = (value: number): number => Math.round(value / step) * step;
  const limit = (side: -1 | 1): (number | null)[] =>
    est.map((value, i) => {
      const distance = margin?.[i] ?? null;
      if (distance === null) return null;
      return round(value + side * distance + (side === 1 ? (skew?.[i] ?? 0) * step : 0));
    });
  return {
    outcome,
    level,
    group,
    areas,
    n,
    est,
    reliability,
    noise_sd,
    lwr: body.lwr ?? limit(-1),
    upr: body.upr ?? limit(1),
  };
}

/** The figure of one row of a layer. */
export const figureAt = ({ n, est, lwr, upr, noise_sd }: Layer, row: number): Figure => ({
  n: n[row] ?? null,
  est: est[row] as number,
  lwr: lwr[row] ?? null,
  upr: upr[row] ?? null,
  noise_sd: noise_sd?.[row] ?? 0,
});
