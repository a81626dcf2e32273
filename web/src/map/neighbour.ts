/** The arrow keys: from an area to the next one in a direction. */

export type Direction = 'left' | 'right' | 'up' | 'down';

const TOWARDS: Record<Direction, readonly [number, number]> = {
  left: [-1, 0],
  right: [1, 0],
  up: [0, -1],
  down: [0, 1],
};
/** Half the opening of the cone that counts as "in that direction": 60 degrees. */
const WIDEST = Math.cos(Math.PI / 3);
/** How much further an area at the edge of the cone seems than one straight ahead. */
const SIDEWAYS = 2;

/** The index of the area to go to, or null when there is none further that way. `centres` is x, y, x, y, … */
export function neighbourTowards(centres: Float64Array, from: number, direction: Direction): number | null {
  const [dx, dy] = TOWARDS[direction];
  const x = centres[from * 2] ?? 0;
  const y = centres[from * 2 + 1] ?? 0;
  let nearest: number | null = null;
  let least = Infinity;
  for (let area = 0; area * 2 < centres.length; area += 1) {
    const east = (centres[area * 2] as number) - x;
    const south = (centres[area * 2 + 1] as number) - y;
    const distance = Math.hypot(east, south);
    if (distance === 0) continue;
    const ahead = (east * dx + south * dy) / distance;
    if (ahead < WIDEST - 1e-9) continue;
    const effort = distance * (1 + SIDEWAYS * (1 - ahead));
    if (effort < least) {
      least = effort;
      nearest = area;
    }
  }
  return nearest;
}

/** The index of the area whose centre lies nearest to a point, or null when there are no areas. */
export function nearestTo(centres: Float64Array, x: number, y: number): number | null {
  let nearest: number | null = null;
  let least = Infinity;
  for (let area = 0; area * 2 < centres.length; area += 1) {
    const distance = Math.hypot((centres[area * 2] as number) - x, (centres[area * 2 + 1] as number) - y);
    if (distance < least) {
      least = distance;
      nearest = area;
    }
  }
  return nearest;
}
