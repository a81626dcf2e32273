import { expect, test } from 'vitest';
import { areasAsGeoJson, linesAsGeoJson, lngLatOf, lookAt } from './globe';

/** Where MapLibre puts a longitude and latitude on the screen, as Mercator's projection says. */
function onScreen([lng, lat]: [number, number], { center, zoom }: { center: [number, number]; zoom: number }, width: number, height: number): [number, number] {
  const world = 512 * 2 ** zoom;
  const x = (one: number): number => (one / 360) * world;
  const y = (one: number): number => (-Math.log(Math.tan(Math.PI / 4 + (one * Math.PI) / 360)) / (2 * Math.PI)) * world;
  return [x(lng) - x(center[0]) + width / 2, y(lat) - y(center[1]) + height / 2];
}

test('a point is where the canvas has it', () => {
  for (const camera of [{ k: 0.7, x: 40, y: 12 }, { k: 33, x: -9000, y: -7000.5 }]) {
    for (const [x, y] of [[0, 0], [500, 500], [812.5, 33.25], [1000, 1000]] as const) {
      const [right, down] = onScreen(lngLatOf(x, y), lookAt(camera, { width: 900, height: 600 }), 900, 600);
      expect(right).toBeCloseTo(x * camera.k + camera.x, 6);
      expect(down).toBeCloseTo(y * camera.k + camera.y, 6);
    }
  }
});

test('areas are numbered from 1, holes stay in their ring, and islands are apart', () => {
  const square = (x: number, side: number): Float64Array => Float64Array.of(x, 0, x + side, 0, x + side, side, x, side, x, 0);
  const hole = Float64Array.of(1, 1, 1, 2, 2, 2, 2, 1, 1, 1);
  const { features } = areasAsGeoJson({ rings: [[square(0, 4), hole, square(9, 2)], [square(20, 1)]] });
  expect(features.map(({ id }) => id)).toEqual([1, 2]);
  expect(features[0]?.geometry.coordinates.map((polygon) => polygon.length)).toEqual([2, 1]);
  expect(linesAsGeoJson([hole]).features[0]?.geometry.coordinates[0]).toHaveLength(5);
});
