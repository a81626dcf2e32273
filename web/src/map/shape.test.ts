import { expect, test } from 'vitest';
import { decodeShape, gravity, ShapeError, SIZE } from './shape';
import { squares } from './shape.fixture';

test('areas come out north up, in map units', () => {
  const shape = decodeShape(squares(), 'square');
  expect(shape.ids).toHaveLength(9);
  expect(shape.bounds).toEqual({ x0: 0, y0: 0, x1: SIZE, y1: SIZE });
  const third = SIZE / 3;
  const northWest = shape.index.get('A1') ?? -1;
  expect(shape.centres[northWest * 2]).toBeCloseTo(third / 2);
  expect(shape.centres[northWest * 2 + 1]).toBeCloseTo(third / 2);
  const southEast = shape.boxes[shape.index.get('C3') ?? -1];
  expect(southEast?.x1).toBeCloseTo(SIZE);
  expect(southEast?.y0).toBeCloseTo(2 * third);
});

test('degrees are squeezed east to west', () => {
  const { bounds } = decodeShape(squares('lonlat'), 'square');
  expect(bounds.y1).toBeCloseTo(SIZE);
  expect(bounds.x1 / bounds.y1).toBeCloseTo(Math.cos((52.2 * Math.PI) / 180), 6);
});

test('a geometry without the level is refused', () => {
  expect(() => decodeShape(squares(), 'wijk')).toThrow(ShapeError);
});

test('gravity of a ring far from the origin keeps its digits', () => {
  const ring = Float64Array.of(1e6, 1e6, 1e6 + 2, 1e6, 1e6 + 2, 1e6 + 2, 1e6, 1e6 + 2, 1e6, 1e6);
  expect(gravity(ring)).toEqual({ area2: 8, x: 1e6 + 1, y: 1e6 + 1 });
});

test('outer borders are always part of the borders', () => {
  const shape = decodeShape(squares(), 'square');
  expect(shape.borders(() => false)).toHaveLength(9);
});
