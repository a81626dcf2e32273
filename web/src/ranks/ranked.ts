/** The places of the areas of a layer: among all of its level, or, of small areas, among those of one municipality. */
import type { Layer } from '../api/types';
import { type AreaNames, strongLevelOf } from '../state/areas';
import { errorOf, type Ranking } from './ranks';
import type { RankAnswer, RankQuestion } from './ranks.worker';

/** What a ranking says about one area. */
export interface Ranked {
  low: number;
  high: number;
  /** Among how many areas with a figure. */
  of: number;
  /** The area that the others lie in too; null when they are all areas of the level. */
  within: string | null;
  /** The group of areas that cannot be told from its first, from 1. */
  group: number;
  /** The place by the figure alone, to sort by. */
  position: number;
}

/** More areas than this are ranked within the area around them. */
const TOGETHER = 400;

/** The rows that are ranked together, by the area around them; one set without a name when all are. */
export function setsOf(layer: Pick<Layer, 'areas' | 'level'>, total: number, names: AreaNames): Map<string | null, number[]> {
  const sets = new Map<string | null, number[]>();
  const strong = strongLevelOf(layer.level);
  layer.areas.forEach((area, row) => {
    const around = total <= TOGETHER ? null : ((strong === null ? null : names.ancestor(area, strong)) ?? names.get(area)?.parent ?? '');
    const own = sets.get(around);
    if (own === undefined) sets.set(around, [row]);
    else own.push(row);
  });
  // Areas of which it is not known where they lie cannot be ranked among others.
  sets.delete('');
  return sets;
}

/** What rankings of sets of rows say about each area. */
export function rankedOf(areas: readonly string[], sets: ReadonlyMap<string | null, number[]>, rankings: readonly Ranking[]): Map<string, Ranked> {
  const found = new Map<string, Ranked>();
  [...sets].forEach(([within, rows], at) => {
    const ranking = rankings[at];
    ranking?.order.forEach((member, position) => {
      const range = ranking.ranges[member];
      const area = areas[rows[member] as number];
      if (range === undefined || area === undefined) return;
      found.set(area, { ...range, of: rows.length, within, group: (ranking.groups[position] ?? 0) + 1, position: position + 1 });
    });
  });
  return found;
}

let worker: Worker | null = null;
let asked = 0;

/** Ranks a layer in a worker; the answer to an older question is never given for a newer one. */
export function rankLayer(layer: Layer, total: number, names: AreaNames): Promise<Map<string, Ranked>> {
  const sets = setsOf(layer, total, names);
  worker ??= new Worker(new URL('./ranks.worker.ts', import.meta.url), { type: 'module' });
  const own = worker;
  asked += 1;
  const question: RankQuestion = {
    id: asked,
    sets: [...sets.values()].map((rows) => ({
      est: Float64Array.from(rows, (row) => layer.est[row] as number),
      errors: Float64Array.from(rows, (row) => errorOf(layer.lwr[row] ?? null, layer.upr[row] ?? null)),
    })),
  };
  return new Promise((resolve, reject) => {
    const answer = ({ data }: MessageEvent<RankAnswer>): void => {
      if (data.id !== question.id) return;
      own.removeEventListener('message', answer);
      resolve(rankedOf(layer.areas, sets, data.rankings));
    };
    own.addEventListener('message', answer);
    own.addEventListener('error', (event) => reject(new Error(event.message)), { once: true });
    own.postMessage(question);
  });
}
