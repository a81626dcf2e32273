import { expect, test } from 'vitest';
import { type Direction, nearestTo, neighbourTowards } from './neighbour';
import { decodeShape, SIZE } from './shape';
import { squares } from './shape.fixture';

const shape = decodeShape(squares(), 'square');
const from = (id: string, direction: Direction): string | null => {
  const next = neighbourTowards(shape.centres, shape.index.get(id) ?? -1, direction);
  return next === null ? null : (shape.ids[next] ?? null);
};

test.each<[Direction, string]>([
  ['left', 'B1'],
  ['right', 'B3'],
  ['up', 'A2'],
  ['down', 'C2'],
])('from the middle, %s leads to %s', (direction, expected) => {
  expect(from('B2', direction)).toBe(expected);
});

test('at the edge there is nowhere to go', () => {
  expect(from('A1', 'left')).toBeNull();
  expect(from('A1', 'up')).toBeNull();
});

test('going somewhere and back returns to the start', () => {
  expect(from(from('B2', 'left') ?? '', 'right')).toBe('B2');
});

test('the nearest centre', () => {
  expect(nearestTo(shape.centres, SIZE, 0)).toBe(shape.index.get('A3'));
  expect(nearestTo(new Float64Array(), 1, 1)).toBeNull();
});
