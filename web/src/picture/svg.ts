/** Pictures to take along, as SVG text: a title, what is shown, a legend, and where it comes from. */
import { DOTS, HATCHED } from '../map/colours';
import { DOTS_INK, DOTS_PAPER, HATCH_LINE, HATCH_PAPER } from '../map/hatch';
import type { MapShape } from '../map/shape';
import type { Paint } from '../map/view';

export const PICTURE_WIDTH = 900;
export const MARGIN = 28;
const INK = '#16242b';
const SOFT = '#47575f';
const FONT = "'Source Sans 3', 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";
/** The width of a character as a part of the font size: enough to break lines by. */
const CHARACTER = 0.5;
const PALE = 0.16;

export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Breaks a text into lines of at most so many characters; a longer word has a line of its own. */
export function linesOf(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export interface Block {
  text: string;
  height: number;
}

/** A paragraph `top` below the upper edge, at the left margin unless it is elsewhere. */
export function paragraph(text: string, top: number, size: number, { weight = 400, colour = INK, width = PICTURE_WIDTH - 2 * MARGIN, left = MARGIN } = {}): Block {
  const leading = size * 1.25;
  const lines = linesOf(text, Math.floor(width / (size * CHARACTER)));
  const spans = lines
    .map((line, i) => `<text x="${left}" y="${(top + size + i * leading).toFixed(1)}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escapeText(line)}</text>`)
    .join('');
  return { text: spans, height: lines.length * leading };
}

/** The whole picture: title and caution, then what is drawn, then the source in small print. */
export function framed(
  { title, notes, source }: { title: string; notes: readonly string[]; source: readonly string[] },
  drawn: (top: number) => Block,
): string {
  let top = MARGIN;
  const parts: string[] = [];
  const put = (block: Block, gap: number): void => {
    parts.push(block.text);
    top += block.height + gap;
  };
  put(paragraph(title, top, 24, { weight: 700 }), 6);
  for (const note of notes) put(paragraph(note, top, 15, { colour: SOFT }), 2);
  top += 12;
  put(drawn(top), 14);
  for (const line of source) put(paragraph(line, top, 11.5, { colour: SOFT }), 1);
  const height = Math.ceil(top + MARGIN - 8);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PICTURE_WIDTH} ${height}" width="${PICTURE_WIDTH}" height="${height}" font-family="${FONT}">` +
    `<title>${escapeText(title)}</title><defs>${PATTERNS}</defs><rect width="100%" height="100%" fill="#ffffff"/>${parts.join('')}</svg>`
  );
}

const PATTERNS =
  `<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="${HATCH_PAPER}"/><rect width="1.2" height="5" fill="${HATCH_LINE}"/></pattern>` +
  `<pattern id="dots" width="7" height="7" patternUnits="userSpaceOnUse"><rect width="7" height="7" fill="${DOTS_PAPER}"/><circle cx="1.75" cy="1.75" r=".9" fill="${DOTS_INK}"/><circle cx="5.25" cy="5.25" r=".9" fill="${DOTS_INK}"/></pattern>`;

/** The areas in their colours, at most `height` tall, in the middle of the width they get; `selected` has a heavy outline. */
export function mapBlock(
  shape: MapShape,
  { classes, fills, pale }: Paint,
  selected: number | null,
  top: number,
  height: number,
  room: { left: number; width: number } = { left: MARGIN, width: PICTURE_WIDTH - 2 * MARGIN },
): Block {
  const { x0, y0, x1, y1 } = shape.bounds;
  const scale = Math.min(height / (y1 - y0), room.width / (x1 - x0));
  const left = room.left + (room.width - (x1 - x0) * scale) / 2;
  const number = (value: number): string => String(Math.round(value * 10) / 10);
  const outline = (area: number): string =>
    (shape.rings[area] ?? [])
      .map((ring) => {
        let path = '';
        for (let i = 0; i + 1 < ring.length; i += 2) {
          path += `${i === 0 ? 'M' : 'L'}${number(left + ((ring[i] as number) - x0) * scale)} ${number(top + ((ring[i + 1] as number) - y0) * scale)}`;
        }
        return `${path}Z`;
      })
      .join('');
  // One path for all areas of a fill: a picture of thousands of areas stays small.
  const bySlot = new Map<string, string[]>();
  shape.ids.forEach((_, area) => {
    const slot = classes[area] ?? HATCHED;
    const fill = slot === HATCHED ? 'url(#hatch)' : fills[slot] === DOTS ? 'url(#dots)' : (fills[slot] ?? '#ffffff');
    const key = `fill="${fill}"${pale?.[area] === 1 ? ` fill-opacity="${PALE}"` : ''}`;
    const own = bySlot.get(key);
    if (own === undefined) bySlot.set(key, [outline(area)]);
    else own.push(outline(area));
  });
  const width = shape.ids.length > 1000 ? 0.3 : 0.6;
  const areas = [...bySlot].map(([key, paths]) => `<path ${key} fill-rule="evenodd" stroke="${INK}" stroke-opacity=".4" stroke-width="${width}" d="${paths.join('')}"/>`).join('');
  const chosen = selected === null ? '' : `<path fill="none" stroke="${INK}" stroke-width="2.6" stroke-linejoin="round" d="${outline(selected)}"/>`;
  return { text: areas + chosen, height: (y1 - y0) * scale };
}

export interface LegendParts {
  heading: string;
  colours: readonly string[];
  /** One between every two colours. */
  ticks: readonly string[];
  merged: { colours: readonly string[]; text: string } | null;
  patterns: { kind: 'hatch' | 'dots'; text: string }[];
  reference: string;
}

/** The legend in one band. */
export function legendBlock({ heading, colours, ticks, merged, patterns, reference }: LegendParts, top: number): Block {
  const step = 46;
  const text = (x: number, y: number, words: string, more = ''): string => `<text x="${x}" y="${y}" font-size="13" fill="${INK}" ${more}>${escapeText(words)}</text>`;
  const parts = [text(MARGIN, top + 12, heading, 'font-weight="650"')];
  colours.forEach((colour, i) => parts.push(`<rect x="${MARGIN + i * step}" y="${top + 20}" width="${step}" height="14" fill="${colour}" stroke="${INK}" stroke-opacity=".5" stroke-width=".6"/>`));
  ticks.forEach((tick, i) => parts.push(text(MARGIN + (i + 1) * step, top + 48, tick, 'text-anchor="middle"')));
  parts.push(text(MARGIN, top + 68, reference));
  const left = MARGIN + colours.length * step + 40;
  let row = top + 12;
  if (merged !== null) {
    merged.colours.forEach((colour, i) => parts.push(`<rect x="${left + i * 9}" y="${row - 11}" width="9" height="14" fill="${colour}"/>`));
    parts.push(text(left + 36, row, merged.text));
    row += 21;
  }
  for (const { kind, text: words } of patterns) {
    parts.push(`<rect x="${left}" y="${row - 11}" width="27" height="14" fill="url(#${kind})" stroke="#848d90" stroke-width=".8"/>`, text(left + 36, row, words));
    row += 21;
  }
  return { text: parts.join(''), height: Math.max(72, row - top) };
}
