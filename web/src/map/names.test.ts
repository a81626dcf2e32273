import { expect, test } from 'vitest';
import { AreaNames } from '../state/areas';
import { namesFor, placeNames } from './names';
import { decodeShape } from './shape';
import { squares } from './shape.fixture';
import type { MapName } from './view';

const frame = { width: 1000, height: 1000 };
const measure = (text: string): number => text.length * 7;
const name = (text: string, x: number, y: number, more: Partial<MapName> = {}): MapName => ({
  text,
  x,
  y,
  room: 300,
  prominent: false,
  untilPx: Infinity,
  ...more,
});
const place = (names: MapName[], k: number): string[] =>
  placeNames(names, { k, x: 0, y: 0 }, frame, measure).map(({ text }) => text);

test('a name that fits is written', () => {
  expect(place([name('Haren', 200, 200)], 1)).toEqual(['Haren']);
});

test('a name wider than what it names is left out, unless it is prominent', () => {
  expect(place([name('Schiermonnikoog', 200, 200)], 0.2)).toEqual([]);
  expect(place([name('Schiermonnikoog', 200, 200, { prominent: true })], 0.2)).toEqual(['Schiermonnikoog']);
});

test('of two names that would touch, the more important one stays', () => {
  const names = [name('Amsterdam', 100, 100), name('Zaanstad', 130, 100), name('Utrecht', 400, 400)];
  expect(place(names, 1)).toEqual(['Amsterdam', 'Utrecht']);
});

test('a name gives way once its parts are large enough to be named', () => {
  expect(place([name('Amsterdam', 100, 100, { untilPx: 400 })], 1)).toEqual(['Amsterdam']);
  expect(place([name('Amsterdam', 100, 100, { untilPx: 400 })], 1.5)).toEqual([]);
});

test('nothing is written outside the frame', () => {
  expect(place([name('Maastricht', 400, 900)], 3)).toEqual([]);
});

test('the most populous area comes first', () => {
  const shape = decodeShape(squares(), 'square');
  const names = new AreaNames().with({
    level: 'square',
    area: shape.ids,
    name: shape.ids.map((id) => `plaats ${id}`),
    parent: shape.ids.map(() => null),
    population: shape.ids.map((_, i) => i),
  });
  expect(namesFor(shape, 'square', names)[0]).toMatchObject({ text: `plaats ${shape.ids[8]}`, prominent: true });
  expect(namesFor(shape, 'square', new AreaNames())).toEqual([]);
});
