/** Tables for elsewhere: CSV with its source in front, tab-separated text to paste, and saving a file. */
import type { Language } from '../api/types';
import { type Say, speaker } from '../content/words';
import type { Catalogue, View } from '../state/resolve';
import { cautionOf } from './sentences';

export type Cell = string | number | null;

export interface Sheet {
  columns: string[];
  rows: Cell[][];
}

/** Spreadsheets take a text that begins like this for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(Number(cell.toPrecision(10))) : '';
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180 with a byte order mark; each note is a line in front of it that begins with `#`. */
export function csvOf({ columns, rows }: Sheet, notes: readonly string[]): string {
  const lines = [
    ...notes.map((note) => `# ${note.replaceAll(/\s+/g, ' ')}`),
    ...[columns, ...rows].map((cells) => cells.map(csvCell).join(',')),
  ];
  return `\ufeff${lines.join('\r\n')}\r\n`;
}

/** Tab-separated, with the decimal sign of the language: what a spreadsheet takes when it is pasted. */
export function pasteOf({ columns, rows }: Sheet, language: Language): string {
  const write = (cell: Cell): string => {
    if (cell === null) return '';
    if (typeof cell === 'string') return cell.replaceAll(/[\t\r\n]+/g, ' ');
    const text = csvCell(cell);
    return language === 'nl' ? text.replace('.', ',') : text;
  };
  return [columns, ...rows].map((cells) => cells.map(write).join('\t')).join('\n');
}

/** Where a table or picture comes from: what it shows, release, date, licence, sources, address. */
export function sourceLines(title: string, { manifest }: Pick<Catalogue, 'manifest'>, { language, room }: Pick<View, 'language' | 'room'>, address: string, say: Say = speaker(language)): string[] {
  const date = manifest.created.slice(0, 10);
  return [
    `${title}.`,
    say('source.cite', { id: manifest.id, date, licence: manifest.licence.id }),
    `${say('footer.attribution')}: ${manifest.attribution.map((label) => label[language]).join('; ')}.`,
    ...(manifest.synthetic ? [`${say('synthetic.badge')}.`] : []),
    cautionOf(room, say),
    address,
  ];
}

/** What a file of a view is named after: what the room is about. */
export const partsOf = ({ room, outcome, level, shown }: Pick<View, 'room' | 'outcome' | 'level' | 'shown'>): string[] =>
  room === 'effects' ? [room] : room === 'nation' ? [room, outcome.id] : [room, outcome.id, level.id, shown];

/** A short name for a file from the ids of what is in it. */
export const fileName = (parts: readonly string[], ending: string): string =>
  `kansen-${parts.join('-').replaceAll(/[^A-Za-z0-9_]+/g, '-').replaceAll(/^-+|-+$/g, '')}.${ending}`;

/** Has the browser save a file. */
export function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser needs the address until it has begun to save.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
