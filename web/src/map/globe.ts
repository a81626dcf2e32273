/**
 * The flat map on MapLibre's globe, which knows longitudes and latitudes only: map units become a small patch of the world
 * around the equator, in Mercator's projection, so that what was straight stays straight.
 */
import type { Feature, FeatureCollection, MultiLineString, MultiPolygon, Position } from 'geojson';
import type { Camera, Frame } from './camera';
import { type MapShape, SIZE } from './shape';

/** The part of the world's width that one map unit takes. */
const UNIT = 1e-4;
/** Pixels of the whole world at zoom 0. */
const WORLD_PX = 512;

/** A point in map units as longitude and latitude. */
export function lngLatOf(x: number, y: number): [number, number] {
  const [right, down] = [(x - SIZE / 2) * UNIT, (y - SIZE / 2) * UNIT];
  return [right * 360, (Math.atan(Math.sinh(-down * 2 * Math.PI)) * 180) / Math.PI];
}

/** The same camera, as MapLibre says it. */
export function lookAt({ k, x, y }: Camera, { width, height }: Pick<Frame, 'width' | 'height'>): { center: [number, number]; zoom: number } {
  return { center: lngLatOf((width / 2 - x) / k, (height / 2 - y) / k), zoom: Math.log2(k / (WORLD_PX * UNIT)) };
}

function positionsOf(line: Float64Array): Position[] {
  const positions: Position[] = [];
  for (let i = 0; i + 1 < line.length; i += 2) positions.push(lngLatOf(line[i] as number, line[i + 1] as number));
  return positions;
}

function areaOf(ring: Float64Array): number {
  let area = 0;
  for (let i = 0; i + 3 < ring.length; i += 2) area += (ring[i] as number) * (ring[i + 3] as number) - (ring[i + 2] as number) * (ring[i + 1] as number);
  return area;
}

/**
 * The areas, numbered from 1 on, which is what MapLibre knows the state of an area by. All rings of an area are one polygon
 * each but for its holes, which turn the other way round than the ring that they are in.
 */
export function areasAsGeoJson({ rings }: Pick<MapShape, 'rings'>): FeatureCollection<MultiPolygon> {
  const features = rings.map((own, area): Feature<MultiPolygon> => {
    const first = Math.sign(own[0] === undefined ? 1 : areaOf(own[0]));
    const polygons: Position[][][] = [];
    for (const ring of own) {
      const isHole = polygons.length > 0 && Math.sign(areaOf(ring)) !== first;
      if (isHole) polygons.at(-1)?.push(positionsOf(ring));
      else polygons.push([positionsOf(ring)]);
    }
    return { type: 'Feature', id: area + 1, properties: {}, geometry: { type: 'MultiPolygon', coordinates: polygons } };
  });
  return { type: 'FeatureCollection', features };
}

export const linesAsGeoJson = (lines: readonly Float64Array[]): FeatureCollection<MultiLineString> => ({
  type: 'FeatureCollection',
  features: [{ type: 'Feature', properties: {}, geometry: { type: 'MultiLineString', coordinates: lines.map(positionsOf) } }],
});
