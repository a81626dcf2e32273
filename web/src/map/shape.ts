/** From TopoJSON to flat coordinates in map units: what drawing, hit testing and the arrow keys work on. */
import type { Position } from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';

export interface Box {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** The areas of one level in one picture. Map units: x to the right, y down, the longest side is `SIZE`. */
export interface MapShape {
  ids: string[];
  index: Map<string, number>;
  /** Per area its rings (outer and holes, to be filled even-odd), each as x, y, x, y, … */
  rings: Float64Array[][];
  boxes: Box[];
  /** The centre of gravity of each area's largest ring: x, y, x, y, … */
  centres: Float64Array;
  bounds: Box;
  /** The borders between areas for which `differ` holds, and those along the outside, as lines x, y, x, y, … */
  borders(differ: (a: string, b: string) => boolean): Float64Array[];
}

export const SIZE = 1000;
/** Where a degree east is drawn at its true width. */
const MIDDLE_LATITUDE = 52.2;
const SQUEEZE = Math.cos((MIDDLE_LATITUDE * Math.PI) / 180);

/** Thrown for a geometry answer that holds no areas of the level. */
export class ShapeError extends Error {}

interface KansenMember {
  kansen?: { projection?: string };
}

const emptyBox = (): Box => ({ x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity });

function grow(box: Box, points: Float64Array): void {
  for (let i = 0; i + 1 < points.length; i += 2) {
    const x = points[i] as number;
    const y = points[i + 1] as number;
    if (x < box.x0) box.x0 = x;
    if (x > box.x1) box.x1 = x;
    if (y < box.y0) box.y0 = y;
    if (y > box.y1) box.y1 = y;
  }
}

/** Twice the signed area of a ring and its centre of gravity. */
export function gravity(ring: Float64Array): { area2: number; x: number; y: number } {
  const ox = ring[0] ?? 0;
  const oy = ring[1] ?? 0;
  let area2 = 0;
  let sumX = 0;
  let sumY = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) {
    const ax = (ring[i] as number) - ox;
    const ay = (ring[i + 1] as number) - oy;
    const bx = (ring[i + 2] as number) - ox;
    const by = (ring[i + 3] as number) - oy;
    const cross = ax * by - bx * ay;
    area2 += cross;
    sumX += (ax + bx) * cross;
    sumY += (ay + by) * cross;
  }
  if (area2 === 0) return { area2, x: ox, y: oy };
  return { area2, x: ox + sumX / (3 * area2), y: oy + sumY / (3 * area2) };
}

/** Decodes the areas of `level`; throws `ShapeError` when the topology does not hold them. */
export function decodeShape(topology: Topology, level: string): MapShape {
  const object = topology.objects[level];
  if (object?.type !== 'GeometryCollection') throw new ShapeError(level);
  // We read ids only: whatever properties an area may have do not matter here.
  const collection = object as GeometryCollection;
  const planar = (topology as Topology & KansenMember).kansen?.projection === 'planar';
  const project = (position: Position): [number, number] => {
    const [x = 0, y = 0] = position;
    return [planar ? x : x * SQUEEZE, -y];
  };
  const flatten = (positions: Position[]): Float64Array => {
    const flat = new Float64Array(positions.length * 2);
    positions.forEach((position, i) => flat.set(project(position), i * 2));
    return flat;
  };

  const ids: string[] = [];
  const rings: Float64Array[][] = [];
  for (const { id, geometry } of feature(topology, collection).features) {
    const polygons =
      geometry?.type === 'Polygon'
        ? [geometry.coordinates]
        : geometry?.type === 'MultiPolygon'
          ? geometry.coordinates
          : [];
    if (id === undefined || polygons.length === 0) continue;
    ids.push(String(id));
    rings.push(polygons.flat().map(flatten));
  }
  if (ids.length === 0) throw new ShapeError(level);

  const raw = emptyBox();
  rings.flat().forEach((ring) => grow(raw, ring));
  const scale = SIZE / Math.max(raw.x1 - raw.x0, raw.y1 - raw.y0);
  const settle = (points: Float64Array): Float64Array => {
    for (let i = 0; i + 1 < points.length; i += 2) {
      points[i] = ((points[i] as number) - raw.x0) * scale;
      points[i + 1] = ((points[i + 1] as number) - raw.y0) * scale;
    }
    return points;
  };

  const bounds = emptyBox();
  const boxes: Box[] = [];
  const centres = new Float64Array(ids.length * 2);
  rings.forEach((own, area) => {
    const box = emptyBox();
    let largest = -1;
    for (const ring of own) {
      grow(box, settle(ring));
      const { area2, x, y } = gravity(ring);
      if (Math.abs(area2) > largest) {
        largest = Math.abs(area2);
        centres[area * 2] = x;
        centres[area * 2 + 1] = y;
      }
    }
    boxes.push(box);
    grow(bounds, Float64Array.of(box.x0, box.y0, box.x1, box.y1));
  });

  return {
    ids,
    index: new Map(ids.map((id, i) => [id, i])),
    rings,
    boxes,
    centres,
    bounds,
    borders: (differ) =>
      mesh(topology, collection, (a, b) => a === b || differ(String(a.id), String(b.id))).coordinates.map((line) =>
        settle(flatten(line)),
      ),
  };
}
