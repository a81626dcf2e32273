/**
 * The address bar holds the whole state of the page, as ids and never as labels:
 *
 *     /{room}/{outcome}/{level}?groep=…&kloof=…&min=…&gebied=…&beeld=…&kleur=…&bereik=…&toon=tabel&taal=en&v={release}
 *
 * The room says what the figures are for: the map, comparing places, and so on. State flows one way: from the address to
 * the page. What has its default value is left out; web/README.md lists all parameters.
 */
import type { Language } from '../api/types';
import { formatGap, type Gap, GAP_DIMENSIONS, type GapDimension, parseGap } from './gap';
import { RENDERERS, type RendererChoice } from '../map/renderer';
import { formatRange, parseRange, type Range } from './range';

/** What one can do with the figures, and the word for it in the address. */
export const ROOMS = {
  map: 'kaart',
  compare: 'vergelijk',
  scatter: 'samenhang',
  multiples: 'kaartjes',
  life: 'levensloop',
  nation: 'nederland',
  effects: 'effecten',
} as const;
export type Room = keyof typeof ROOMS;

/** What the colours are compared with: somewhere in particular is `place:` and the id of an area. */
export type Reference = 'everyone' | 'group' | 'province' | 'corop' | 'similar' | `place:${string}`;

const REFERENCES: Record<string, Reference> = {
  groep: 'group',
  provincie: 'province',
  corop: 'corop',
  vergelijkbaar: 'similar',
};

const SHOWN: Record<Show, string | null> = { map: null, table: 'tabel', words: 'uitleg' };
export type Show = 'map' | 'table' | 'words';

const EMBEDS: Record<Embed, string | null> = { no: null, plain: 'ja', choices: 'keuzes' };
export type Embed = 'no' | 'plain' | 'choices';

export interface Address {
  room: Room;
  outcome: string | null;
  level: string | null;
  /** The level stays what it is when the map is zoomed. */
  isLevelFixed: boolean;
  group: string | null;
  /** Instead of the figure of the group: the gap between two groups within it. */
  gap: Gap | null;
  /** The place of which the figure is taken off every area. */
  minus: string | null;
  /** The outcome of an earlier cohort of which the figure is taken off: what is shown is the change since. */
  since: string | null;
  area: string | null;
  /** The places that are compared, in the order in which they were chosen. */
  places: string[];
  /** The two groups whose gap is followed along the positions of the parents; null are the usual ones. */
  between: Gap | null;
  /** By which dimension a place or map is split into groups. */
  split: GapDimension;
  /** The outcome that is set against the chosen one; null is the first other. */
  against: string | null;
  /** Which picture of the level: schematic, hexagon, imported; null is the level's first. */
  view: string | null;
  reference: Reference;
  /** Colours merge where figures are uncertain. */
  isCautious: boolean;
  /** Only areas that differ for certain, when all are looked at together, have a colour. */
  isClearOnly: boolean;
  /** Only areas of which a figure lies in a range are looked at. */
  range: Range | null;
  /** The picture of the room, its table twin, or what it says in words. */
  show: Show;
  /** The column that the table of areas is sorted by, with a minus for descending; null is by name. */
  order: string | null;
  /** The table has columns on how sure its figures are. */
  isDetailed: boolean;
  /** Who draws the map. */
  renderer: RendererChoice;
  /** Inside another page: without the frame of the site, with or without the choices. */
  embed: Embed;
  language: Language;
  /** The release that the address was made for. */
  release: string | null;
  /** A path that no page has; read only, it is never written. */
  unknownPage: string | null;
}

const filled = (text: string | null | undefined): string | null => (text ? text : null);

const SEPARATOR = ',';
const DEFAULT_SPLIT: GapDimension = 'position';

function decode(text: string | undefined): string | null {
  try {
    return filled(decodeURIComponent(text ?? ''));
  } catch {
    // A stray % in a hand-typed address: keep what was typed, so that the notice can name it.
    return filled(text);
  }
}

function parseReference(text: string | null): Reference {
  if (text === null || text === '') return 'everyone';
  return REFERENCES[text] ?? (/^[A-Z0-9]+$/i.test(text) && /\d/.test(text) ? `place:${text}` : 'everyone');
}

function formatReference(reference: Reference): string | null {
  if (reference.startsWith('place:')) return reference.slice('place:'.length);
  return Object.entries(REFERENCES).find(([, own]) => own === reference)?.[0] ?? null;
}

/** Reads an address; anything that it does not know is ignored, never an error. */
export function parseAddress(path: string, query: string): Address {
  const [, word, outcome, level, ...more] = path.split('/');
  const parameters = new URLSearchParams(query);
  const room = (Object.keys(ROOMS) as Room[]).find((one) => ROOMS[one] === word);
  const isRoom = room !== undefined;
  return {
    room: room ?? 'map',
    outcome: isRoom ? decode(outcome) : null,
    level: isRoom ? decode(level) : null,
    isLevelFixed: parameters.get('niveau') === 'vast',
    group: filled(parameters.get('groep')),
    gap: parseGap(parameters.get('kloof')),
    minus: filled(parameters.get('min')),
    since: filled(parameters.get('sinds')),
    area: filled(parameters.get('gebied')),
    places: [...new Set((parameters.get('vgl') ?? '').split(SEPARATOR).filter(Boolean))],
    between: parseGap(parameters.get('tussen')),
    split: GAP_DIMENSIONS.find((one) => one === parameters.get('per')) ?? DEFAULT_SPLIT,
    against: filled(parameters.get('tegen')),
    view: filled(parameters.get('beeld')),
    reference: parseReference(parameters.get('kleur')),
    isCautious: parameters.get('onzeker') !== 'alles',
    isClearOnly: parameters.get('verschil') === 'duidelijk',
    range: parseRange(parameters.get('bereik')),
    show: (Object.keys(SHOWN) as Show[]).find((one) => SHOWN[one] === parameters.get('toon')) ?? 'map',
    order: /^-?[a-z]+$/.test(parameters.get('orde') ?? '') ? parameters.get('orde') : null,
    isDetailed: parameters.get('kolommen') === 'zekerheid',
    renderer: RENDERERS.find((one) => one === parameters.get('teken')) ?? 'auto',
    embed: (Object.keys(EMBEDS) as Embed[]).find((one) => EMBEDS[one] === parameters.get('ingebed')) ?? 'no',
    language: parameters.get('taal') === 'en' ? 'en' : 'nl',
    release: filled(parameters.get('v')),
    unknownPage: (isRoom ? more.join('') === '' : /^\/*$/.test(path)) ? null : decode(path),
  };
}

/** Writes an address; the inverse of `parseAddress` for every address that names an outcome. */
export function formatAddress(address: Address): string {
  const parameters = new URLSearchParams();
  const put = (name: string, value: string | null): void => {
    if (value !== null) parameters.set(name, value);
  };
  put('niveau', address.isLevelFixed ? 'vast' : null);
  put('groep', address.group);
  put('kloof', address.gap === null ? null : formatGap(address.gap));
  put('min', address.minus);
  put('sinds', address.since);
  put('gebied', address.area);
  put('vgl', filled(address.places.join(SEPARATOR)));
  put('tussen', address.between === null ? null : formatGap(address.between));
  put('per', address.split === DEFAULT_SPLIT ? null : address.split);
  put('tegen', address.against);
  put('beeld', address.view);
  put('kleur', formatReference(address.reference));
  put('onzeker', address.isCautious ? null : 'alles');
  put('verschil', address.isClearOnly ? 'duidelijk' : null);
  put('bereik', address.range === null ? null : formatRange(address.range));
  put('toon', SHOWN[address.show]);
  put('orde', address.order);
  put('kolommen', address.isDetailed ? 'zekerheid' : null);
  put('teken', address.renderer === 'auto' ? null : address.renderer);
  put('ingebed', EMBEDS[address.embed]);
  put('taal', address.language === 'nl' ? null : address.language);
  put('v', address.release);
  const query = parameters.toString();
  const segments = [ROOMS[address.room], address.outcome, address.level].filter((segment) => segment !== null);
  const path =
    address.outcome === null && address.room === 'map'
      ? '/'
      : `/${segments.map((segment) => encodeURIComponent(segment)).join('/')}`;
  return query === '' ? path : `${path}?${query}`;
}
