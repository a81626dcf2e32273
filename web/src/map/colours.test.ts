import { expect, test } from 'vitest';
import { CLASSES, classOf, coloursFor, DOTS, fillsFor, HATCHED, mergedPalette, overAreas, palette, slotsOf, UNSURE } from './colours';

const breaks = [10, 20, 30, 40, 50, 60];

test('a value on a break belongs to the class above it', () => {
  expect([5, 10, 15, 20, 35, 59.9, 60, 999].map((value) => classOf(value, breaks))).toEqual([0, 1, 1, 2, 3, 5, 6, 6]);
});

test('without breaks there is one class', () => {
  expect(classOf(12, [])).toBe(0);
  expect(coloursFor('higher', false)).toHaveLength(1);
});

test('areas without a figure are hatched, figures of unknown areas are ignored', () => {
  const index = new Map([['GM0001', 0], ['GM0002', 1], ['GM0003', 2]]);
  expect([...overAreas(index, ['GM0003', 'GM9999', 'GM0001'], [6, 1, 0])]).toEqual([0, HATCHED, 6]);
});

test('colours merge where figures are uncertain, and only if that is wanted', () => {
  const layer = { est: [5, 25, 35, 45, 65, 65], lwr: [], upr: [], reliability: 'ABBBBC' };
  const plain = { isCautious: false, shiftOf: null, centre: null };
  expect([...slotsOf(layer, breaks, { ...plain, isCautious: true })]).toEqual([0, 7, 8, 9, 9, UNSURE]);
  expect([...slotsOf(layer, breaks, plain)]).toEqual([0, 2, 3, 4, 6, 6]);
  expect([...slotsOf(layer, [], plain)]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(fillsFor('higher', true)[UNSURE]).toBe(DOTS);
});

test('an area with a reference of its own is moved before it is classed, and has no colour without one', () => {
  const layer = { est: [35, 35, 35], lwr: [], upr: [], reliability: 'AAA' };
  const shiftOf = (row: number): number => [0, 10, NaN][row] as number;
  expect([...slotsOf(layer, breaks, { isCautious: false, shiftOf, centre: null })]).toEqual([3, 2, UNSURE]);
});

test('a difference that is uncertain has a colour where it is clear', () => {
  const layer = { est: [65, 65, 5, 36], lwr: [50, 20, -10, null], upr: [80, 110, 20, null], reliability: 'CCBC' };
  expect([...slotsOf(layer, breaks, { isCautious: true, shiftOf: null, centre: 35 })]).toEqual([9, UNSURE, 7, UNSURE]);
});

test('a precise difference has a colour where it is certain, or where it is about nothing', () => {
  const layer = { est: [65, 45, 36], lwr: [60, 34, 33], upr: [70, 56, 39], reliability: 'AAA' };
  expect([...slotsOf(layer, breaks, { isCautious: true, shiftOf: null, centre: 35 })]).toEqual([6, UNSURE, 3]);
});

test('no merged colour is a colour of a full class', () => {
  for (const polarity of ['higher', 'lower', 'none'] as const) {
    for (const colour of mergedPalette(polarity)) expect(palette(polarity)).not.toContain(colour);
  }
});

test('blue stands for the favourable side in both directions', () => {
  expect(palette('higher')[CLASSES - 1]).toBe(palette('lower')[0]);
  expect(palette('higher')[0]).toBe(palette('lower')[CLASSES - 1]);
});

test('every palette has seven different colours', () => {
  for (const polarity of ['higher', 'lower', 'none'] as const) expect(new Set(palette(polarity)).size).toBe(CLASSES);
});

test('where only clear differences have a colour, all others are dotted, and the merged colours stay for uncertain figures', () => {
  const layer = { est: [5, 65, 65, 35], lwr: [], upr: [], reliability: 'ABCA' };
  const isClear = (row: number): boolean => row !== 3;
  expect([...slotsOf(layer, breaks, { isCautious: true, shiftOf: null, centre: null, isClear })]).toEqual([0, 9, 9, UNSURE]);
  expect([...slotsOf(layer, breaks, { isCautious: false, shiftOf: null, centre: null, isClear })]).toEqual([0, 6, 6, UNSURE]);
});
