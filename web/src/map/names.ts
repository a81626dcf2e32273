/** Which names are written on the map: by importance, without touching each other. */
import type { AreaNames } from '../state/areas';
import { strongLevelOf } from '../state/areas';
import type { Camera } from './camera';
import type { MapShape } from './shape';
import type { MapName } from './view';

export interface PlacedName {
  text: string;
  x: number;
  y: number;
}

const LINE_PX = 14;
const GAP_PX = 6;
/** How far a name may stick out of what it names, as a multiple of its width. */
const OVERHANG = 0.95;
/** Areas narrower than this on the screen are not named, unless prominent: the map is for the colours. */
const SMALLEST_PX = 90;
/** How many of the most populous areas are always named: enough to find one's way. */
const LANDMARKS = 22;
/** Few enough areas to name them all. */
const ALL_NAMED = 12;
const PARTS_NAMED_PX = 260;

/**
 * Places names, most important first; `measure` gives a width in pixels. What would touch an earlier name, not fit
 * or fall outside the frame is left out.
 */
export function placeNames(
  names: readonly MapName[],
  camera: Camera,
  frame: { width: number; height: number },
  measure: (text: string) => number,
): PlacedName[] {
  const placed: (PlacedName & { half: number })[] = [];
  for (const name of names) {
    const x = name.x * camera.k + camera.x;
    const y = name.y * camera.k + camera.y;
    if (x < 0 || y < 0 || x > frame.width || y > frame.height) continue;
    const room = name.room * camera.k;
    // Measuring text is the slow part: what is too small for any name is left out first.
    if (room > name.untilPx || (!name.prominent && room < SMALLEST_PX)) continue;
    const half = measure(name.text) / 2;
    if (!name.prominent && half * 2 > room * OVERHANG) continue;
    const clash = placed.some(
      (other) => Math.abs(other.x - x) < other.half + half + GAP_PX && Math.abs(other.y - y) < LINE_PX + GAP_PX,
    );
    if (!clash) placed.push({ text: name.text, x, y, half });
  }
  return placed.map(({ text, x, y }) => ({ text, x, y }));
}

interface Candidate extends MapName {
  population: number;
}

const byImportance = (a: Candidate, b: Candidate): number => b.population - a.population || a.text.localeCompare(b.text);

/** The names for a shape: its landmarks (cities, also over their wijken), then all areas by population. */
export function namesFor(shape: MapShape, level: string, names: AreaNames): MapName[] {
  const own: Candidate[] = [];
  const over = new Map<string, { people: number; x: number; y: number; x0: number; x1: number }>();
  const strong = strongLevelOf(level);
  shape.ids.forEach((id, area) => {
    const info = names.get(id);
    const box = shape.boxes[area];
    if (info === null || box === undefined) return;
    const x = shape.centres[area * 2] as number;
    const y = shape.centres[area * 2 + 1] as number;
    const population = info.population ?? 0;
    own.push({ text: info.name, x, y, room: box.x1 - box.x0, prominent: false, untilPx: Infinity, population });
    const around = strong === 'municipality' ? names.ancestor(id, strong) : null;
    if (around === null) return;
    const sum = over.get(around) ?? { people: 0, x: 0, y: 0, x0: Infinity, x1: -Infinity };
    over.set(around, {
      people: sum.people + population,
      x: sum.x + x * population,
      y: sum.y + y * population,
      x0: Math.min(sum.x0, box.x0),
      x1: Math.max(sum.x1, box.x1),
    });
  });
  own.sort(byImportance);
  const around: Candidate[] = [...over]
    .filter(([, { people }]) => people > 0)
    .map(([id, { people, x, y, x0, x1 }]) => ({
      text: names.nameOf(id),
      x: x / people,
      y: y / people,
      room: x1 - x0,
      prominent: false,
      untilPx: PARTS_NAMED_PX,
      population: people,
    }))
    .sort(byImportance);
  const leading = around.length > 0 ? around : own;
  const landmarks = level === 'corop' ? 0 : own.length <= ALL_NAMED ? own.length : LANDMARKS;
  leading.slice(0, landmarks).forEach((name) => (name.prominent = true));
  return [...around, ...own];
}
