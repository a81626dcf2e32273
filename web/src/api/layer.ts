import type { Layer } from './types';

/** A layer as it is sent: the margin below the estimate, and how many steps of the last digit the upper limit is further. */
export interface SentLayer extends Omit<Layer, 'lwr' | 'upr'> {
  digits?: number | null;
  margin?: (number | null)[];
  skew?: number[];
  lwr?: (number | null)[];
  upr?: (number | null)[];
}

/** The layer with its limits; unrounded releases send them as they are. */
export function withLimits(sent: SentLayer): Layer {
  const { digits, margin, skew, lwr, upr, ...layer } = sent;
  if (margin === undefined) return { ...layer, lwr: lwr ?? [], upr: upr ?? [] };
  const scale = 10 ** (digits ?? 0);
  const rounded = (value: number): number => Math.round(value * scale) / scale;
  return {
    ...layer,
    lwr: margin.map((below, i) => (below === null ? null : rounded(sent.est[i]! - below))),
    upr: margin.map((below, i) => (below === null ? null : rounded(sent.est[i]! + below + (skew?.[i] ?? 0) / scale))),
  };
}
