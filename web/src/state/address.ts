/**
 * The address bar holds the whole state of the page, as ids and never as labels:
 *
 *     /kaart/{outcome}/{level}?groep=…&gebied=…&beeld=…&kleur=groep&toon=tabel&taal=en&v={release}
 *
 * State flows one way: from the address to the page. What has its default value is left out.
 */
import type { Language } from '../api/types';
import type { Reference } from '../map/reference';

export interface Address {
  outcome: string | null;
  level: string | null;
  group: string | null;
  area: string | null;
  /** Which picture of the level: schematic, hexagon, imported; null is the level's first. */
  view: string | null;
  /** Whose national figure the colours are compared with. */
  reference: Reference;
  show: 'map' | 'table';
  language: Language;
  /** The release that the address was made for. */
  release: string | null;
  /** A path that no page has; read only, it is never written. */
  unknownPage: string | null;
}

const filled = (text: string | null | undefined): string | null => (text ? text : null);

function decode(text: string | undefined): string | null {
  try {
    return filled(decodeURIComponent(text ?? ''));
  } catch {
    // A stray % in a hand-typed address: keep what was typed, so that the notice can name it.
    return filled(text);
  }
}

/** Reads an address; anything that it does not know is ignored, never an error. */
export function parseAddress(path: string, query: string): Address {
  const [, room, outcome, level, ...more] = path.split('/');
  const parameters = new URLSearchParams(query);
  const onMap = room === 'kaart';
  return {
    outcome: onMap ? decode(outcome) : null,
    level: onMap ? decode(level) : null,
    group: filled(parameters.get('groep')),
    area: filled(parameters.get('gebied')),
    view: filled(parameters.get('beeld')),
    reference: parameters.get('kleur') === 'groep' ? 'group' : 'everyone',
    show: parameters.get('toon') === 'tabel' ? 'table' : 'map',
    language: parameters.get('taal') === 'en' ? 'en' : 'nl',
    release: filled(parameters.get('v')),
    unknownPage: (onMap ? more.join('') === '' : /^\/*$/.test(path)) ? null : decode(path),
  };
}

/** Writes an address; the inverse of `parseAddress` for every address that names an outcome. */
export function formatAddress(address: Address): string {
  const parameters = new URLSearchParams();
  const put = (name: string, value: string | null): void => {
    if (value !== null) parameters.set(name, value);
  };
  put('groep', address.group);
  put('gebied', address.area);
  put('beeld', address.view);
  put('kleur', address.reference === 'group' ? 'groep' : null);
  put('toon', address.show === 'table' ? 'tabel' : null);
  put('taal', address.language === 'nl' ? null : address.language);
  put('v', address.release);
  const query = parameters.toString();
  const rooms = ['kaart', address.outcome, address.level].filter((room) => room !== null);
  const path = address.outcome === null ? '/' : `/${rooms.map((room) => encodeURIComponent(room)).join('/')}`;
  return query === '' ? path : `${path}?${query}`;
}
