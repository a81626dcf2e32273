import { expect, test } from 'vitest';
import { buildHitTest, isInside } from './hit';
import { decodeShape, SIZE } from './shape';
import { squares } from './shape.fixture';

const shape = decodeShape(squares(), 'square');
const hit = buildHitTest(shape);
const idAt = (x: number, y: number): string | null => {
  const area = hit(x, y);
  return area === null ? null : (shape.ids[area] ?? null);
};

test('the area under a point is found', () => {
  expect(idAt(1, 1)).toBe('A1');
  expect(idAt(SIZE / 2, SIZE / 2)).toBe('B2');
  expect(idAt(SIZE - 1, SIZE - 1)).toBe('C3');
});

test('outside every area there is nothing', () => {
  expect(idAt(-1, 5)).toBeNull();
  expect(idAt(5, SIZE + 1)).toBeNull();
});

test('every centre lies in its own area', () => {
  shape.ids.forEach((_, area) => {
    expect(hit(shape.centres[area * 2] ?? NaN, shape.centres[area * 2 + 1] ?? NaN)).toBe(area);
  });
});

test('a hole is not inside', () => {
  const outer = Float64Array.of(0, 0, 10, 0, 10, 10, 0, 10, 0, 0);
  const hole = Float64Array.of(4, 4, 6, 4, 6, 6, 4, 6, 4, 4);
  expect(isInside([outer, hole], 5, 5)).toBe(false);
  expect(isInside([outer, hole], 2, 5)).toBe(true);
});
