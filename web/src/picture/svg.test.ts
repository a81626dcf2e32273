import { expect, test } from 'vitest';
import { DOTS } from '../map/colours';
import { decodeShape } from '../map/shape';
import { squares } from '../map/shape.fixture';
import { escapeText, framed, legendBlock, linesOf, mapBlock, paragraph } from './svg';

test('lines are broken at spaces, and a long word is not broken', () => {
  expect(linesOf('een twee drie vier', 9)).toEqual(['een twee', 'drie vier']);
  expect(linesOf('onafhankelijkheid is lang', 6)).toEqual(['onafhankelijkheid', 'is', 'lang']);
});

test('text is escaped', () => {
  expect(escapeText('a & b < "c"')).toBe('a &amp; b &lt; &quot;c&quot;');
  expect(paragraph('Q & A', 0, 12).text).toContain('Q &amp; A');
});

test('a picture holds title, notes, map, legend and source', () => {
  const topology = squares();
  const shape = decodeShape(topology, Object.keys(topology.objects)[0] as string);
  const classes = new Int8Array(shape.ids.length).fill(0);
  classes[0] = -1;
  const pale = new Uint8Array(shape.ids.length);
  pale[shape.ids.length - 1] = 1;
  const text = framed({ title: 'Titel', notes: ['Let op'], source: ['Bron: X'] }, (top) => {
    const map = mapBlock(shape, { classes, fills: ['#d73027', DOTS], pale }, 0, top, 400);
    const legend = legendBlock(
      { heading: 'Inkomen', colours: ['#d73027', '#fc8d59'], ticks: ['30'], merged: null, patterns: [{ kind: 'hatch', text: 'te weinig' }], reference: 'iedereen' },
      top + map.height,
    );
    return { text: map.text + legend.text, height: map.height + legend.height };
  });
  for (const part of ['<title>Titel</title>', 'Let op', 'Bron: X', 'url(#hatch)', '#d73027', 'fill-opacity', 'te weinig', 'stroke-width="2.6"']) expect(text).toContain(part);
  expect(text).not.toContain('NaN');
});
