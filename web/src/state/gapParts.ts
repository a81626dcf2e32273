/** What a gap between two groups goes with: which gaps there are to choose from, and their parts as rows. */
import type { AreaGaps, Decomposition, GapPair, GapPart, GapParts } from '../api/types';
import { type Gap, GAP_DIMENSIONS } from './gap';

/** One part of a gap: the gap itself, what goes with one block or with all of them, or what is left. */
export interface Part {
  id: string;
  kind: 'gap' | 'block' | 'explained' | 'unexplained';
  /** The block that it goes with. */
  block: string | null;
}

/** From the gap as measured, over what it goes with, to what is left. */
export const partsOf = ({ blocks }: Decomposition, told: readonly (GapParts | null)[]): Part[] => [
  { id: 'gap', kind: 'gap', block: null },
  ...blocks.filter(({ id }) => told.some((gap) => gap?.blocks.some((one) => one.id === id))).map(({ id }): Part => ({ id: `block ${id}`, kind: 'block', block: id })),
  { id: 'explained', kind: 'explained', block: null },
  { id: 'unexplained', kind: 'unexplained', block: null },
];

/** The figure of a part; null where this gap is not told, or has no such block. */
export const figureOf = (gap: GapParts | null, { kind, block }: Part): GapPart | null =>
  gap === null ? null : kind === 'block' ? (gap.blocks.find(({ id }) => id === block) ?? null) : gap[kind];

/** The gap of a pair in an area; null where it is not told there. */
export const gapOf = (found: AreaGaps | undefined, decomposition: string, pair: GapPair): GapParts | null =>
  found?.gaps.find((gap) => gap.decomposition === decomposition && gap.dimension === pair.dimension && gap.a === pair.a && gap.b === pair.b) ?? null;

/** A pair as the gap between the groups that people choose from; null for a dimension that they cannot choose. */
export function pairGap({ dimension, a, b }: GapPair): Gap | null {
  const known = GAP_DIMENSIONS.find((one) => one === dimension);
  return known === undefined ? null : { dimension: known, plus: a, minus: b };
}

export const pairId = ({ dimension, a, b }: GapPair): string => [dimension, a, b].join(' ');
