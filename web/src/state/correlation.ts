/** How two figures of the same areas go together, and how sure that is. */

export interface Correlation {
  /** Pearson's r, from -1 to 1. */
  r: number;
  /** The 95 % interval by Fisher's transformation; null for fewer than four areas. */
  low: number | null;
  high: number | null;
  n: number;
}

const Z95 = 1.959964;

/** The correlation of two lists of equal length; null when there are fewer than three pairs, or one does not vary. */
export function correlate(x: readonly number[], y: readonly number[]): Correlation | null {
  const n = x.length;
  if (n < 3) return null;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  x.forEach((value, i) => {
    const [dx, dy] = [value - mx, (y[i] as number) - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  });
  if (xx === 0 || yy === 0) return null;
  const r = Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
  if (n < 4 || Math.abs(r) === 1) return { r, low: n < 4 ? null : r, high: n < 4 ? null : r, n };
  const [z, half] = [Math.atanh(r), Z95 / Math.sqrt(n - 3)];
  return { r, low: Math.tanh(z - half), high: Math.tanh(z + half), n };
}

/** Half an interval in standard errors. */
const errorOf = (lwr: number | null, upr: number | null): number => (lwr === null || upr === null ? NaN : (upr - lwr) / 2 / Z95);

/** Below this reliability a correction says more about chance than about areas. */
const LEAST_RELIABILITY = 0.2;

/**
 * The part of the variance of figures that is not chance: one less the mean of their squared standard errors over their
 * variance. Null where a figure has no interval, or where (nearly) all of it is chance.
 */
export function reliabilityOf(est: readonly number[], lwr: readonly (number | null)[], upr: readonly (number | null)[]): number | null {
  const n = est.length;
  if (n < 10) return null;
  const mean = est.reduce((sum, value) => sum + value, 0) / n;
  const variance = est.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const chance = est.reduce((sum, _, i) => sum + errorOf(lwr[i] ?? null, upr[i] ?? null) ** 2, 0) / n;
  const part = 1 - chance / variance;
  return part >= LEAST_RELIABILITY ? Math.min(1, part) : null;
}

/**
 * The correlation that chance in one of the two figures has weakened, put right (Spearman's correction for attenuation): it
 * and its interval over the root of the reliability, no further than 1.
 */
export function withoutChance({ r, low, high, n }: Correlation, reliability: number): Correlation {
  const right = (value: number | null): number | null => (value === null ? null : Math.max(-1, Math.min(1, value / Math.sqrt(reliability))));
  return { r: right(r) as number, low: right(low), high: right(high), n };
}

/** How strong a correlation is called; `none` when its interval holds zero. */
export function strengthOf({ r, low, high }: Correlation): 'none' | 'weak' | 'fair' | 'strong' {
  if (low === null || high === null || (low <= 0 && high >= 0)) return 'none';
  const size = Math.abs(r);
  return size < 0.3 ? 'weak' : size < 0.6 ? 'fair' : 'strong';
}
