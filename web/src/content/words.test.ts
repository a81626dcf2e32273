import { expect, test } from 'vitest';
import english from './en.json';
import dutch from './nl.json';
import { fill, speaker, textIfAny } from './words';

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();

test('both languages have the same texts with the same blanks', () => {
  expect(Object.keys(english)).toEqual(Object.keys(dutch));
  for (const key of Object.keys(dutch) as (keyof typeof dutch)[]) {
    expect(holes(english[key]), key).toEqual(holes(dutch[key]));
  }
});

test('the caution line says what it has to say', () => {
  expect(speaker('nl')('caution')).toBe('Waar mensen opgroeiden, niet waar ze nu wonen; samenhang, geen oorzaak.');
});

test('blanks are filled and unknown ones stay visible', () => {
  expect(fill('{a} en {b}', { a: 1 })).toBe('1 en {b}');
});

test('a text that does not exist is null, not an empty string', () => {
  expect(textIfAny('nl', 'picture.globe')).toBeNull();
  expect(textIfAny('en', 'picture.hexagon')).toBe('Hexagons');
});

/** Rooms and parts of the page that also show people by their own position. */
const SHARED = /^(area|legend|nofigure|map|table|choice|compare|story|noise|scatter|announce|explain|climb|about\.margin)\./;

test('where people are followed by their own position nothing is said about children', () => {
  const own = speaker('nl', 'own');
  const told = (Object.keys(dutch) as (keyof typeof dutch)[]).filter((key) => SHARED.test(key) && !key.endsWith('.own') && !key.startsWith('climb.path'));
  expect(told.filter((key) => /\bkind(eren)?\b/i.test(own(key))).map((key) => [key, own(key)])).toEqual([]);
});
