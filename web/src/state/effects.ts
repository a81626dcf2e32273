/** Effects as lines in a chart. */
import type { Effect } from '../api/types';
import type { Straight } from './nation';

/** The share of the difference that follows from the effect: a line that falls until years no longer count. */
export function effectLine({ method, effect, chosen, until, along }: Effect): Straight | null {
  const first = Math.min(...along.map(({ place }) => place));
  if (method !== 'movers' || until === null || effect.est === null || chosen === null || chosen.est === null || !(first < until)) return null;
  const [slope, level] = [effect.est, chosen.est];
  const end = Math.min(until, Math.max(...along.map(({ place }) => place)));
  const at = (x: number): { x: number; y: number } => ({ x, y: level + slope * (until - x) });
  return [at(first), at(end)];
}
