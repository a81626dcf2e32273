/** Which area lies under a point: a grid of boxes, then even-odd over the rings. */
import type { MapShape } from './shape';

const CELLS = 64;

export type HitTest = (x: number, y: number) => number | null;

/** Whether a point lies inside rings that are filled even-odd. */
export function isInside(rings: Float64Array[], x: number, y: number): boolean {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0; i + 3 < ring.length; i += 2) {
      const ax = ring[i] as number;
      const ay = ring[i + 1] as number;
      const bx = ring[i + 2] as number;
      const by = ring[i + 3] as number;
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}

/** A function from a point in map units to the index of the area there, or null for water and abroad. */
export function buildHitTest({ boxes, rings, bounds }: MapShape): HitTest {
  const width = bounds.x1 - bounds.x0 || 1;
  const height = bounds.y1 - bounds.y0 || 1;
  const column = (x: number): number => Math.floor(((x - bounds.x0) / width) * (CELLS - 1e-9));
  const row = (y: number): number => Math.floor(((y - bounds.y0) / height) * (CELLS - 1e-9));
  const cells: number[][] = Array.from({ length: CELLS * CELLS }, () => []);
  boxes.forEach((box, area) => {
    for (let r = row(box.y0); r <= row(box.y1); r += 1) {
      for (let c = column(box.x0); c <= column(box.x1); c += 1) cells[r * CELLS + c]?.push(area);
    }
  });
  return (x, y) => {
    if (x < bounds.x0 || x > bounds.x1 || y < bounds.y0 || y > bounds.y1) return null;
    for (const area of cells[row(y) * CELLS + column(x)] ?? []) {
      const box = boxes[area];
      if (box === undefined || x < box.x0 || x > box.x1 || y < box.y0 || y > box.y1) continue;
      if (isInside(rings[area] ?? [], x, y)) return area;
    }
    return null;
  };
}
