import { expect, test } from 'vitest';
import { type Address, formatAddress, parseAddress, type Room, ROOMS } from './address';

const full: Address = {
  room: 'compare',
  minus: 'GM0599',
  since: 'c35_income_old',
  isClearOnly: true,
  isDetailed: true,
  renderer: 'gl',
  isLevelFixed: true,
  places: ['GM0363', 'WK036344'],
  between: { dimension: 'origin', plus: 'none', minus: 'turkey' },
  split: 'sex',
  against: 'population',
  gap: { dimension: 'position', plus: 'high', minus: 'low' },
  isCautious: false,
  range: { low: 29000, high: 31000.5, outcome: 'c35_income', group: 'income=all;all;all;all' },
  outcome: 'c35_income',
  level: 'wijk',
  group: 'income=low;women;any;single',
  area: 'WK036344',
  view: 'imported',
  reference: 'group',
  show: 'table',
  order: '-est',
  embed: 'choices',
  language: 'en',
  release: '2f1c9a7be01d43aa',
  unknownPage: null,
};

function roundTrip(address: Address): Address {
  const [path = '', query = ''] = formatAddress(address).split('?');
  return parseAddress(path, query);
}

test('an address survives writing and reading', () => {
  expect(roundTrip(full)).toEqual(full);
});

test('defaults are left out and come back', () => {
  const plain: Address = {
    room: 'map',
    minus: null,
    since: null,
    isClearOnly: false,
    isDetailed: false,
    renderer: 'auto',
    isLevelFixed: false,
    places: [],
    between: null,
    split: 'position',
    against: null,
    gap: null,
    isCautious: true,
    range: null,
    outcome: 'c35_mhc',
    level: 'municipality',
    group: null,
    area: null,
    view: null,
    reference: 'everyone',
    show: 'map',
    order: null,
    embed: 'no',
    language: 'nl',
    release: null,
    unknownPage: null,
  };
  expect(formatAddress(plain)).toBe('/kaart/c35_mhc/municipality');
  expect(roundTrip(plain)).toEqual(plain);
});

test('every reference survives, and what is none is everyone', () => {
  for (const reference of ['everyone', 'group', 'province', 'corop', 'similar', 'place:GM0363', 'place:1061'] as const) {
    expect(roundTrip({ ...full, reference }).reference).toBe(reference);
  }
  expect(formatAddress({ ...full, reference: 'place:GM0363' })).toContain('kleur=GM0363');
});

test('ranges and gaps of another shape are left out', () => {
  for (const text of ['', '1~2', 'a~2~c35_income~g', '1~2~c35_income~g~x', '~2~o~g']) {
    expect(parseAddress('/', `bereik=${encodeURIComponent(text)}`).range, text).toBeNull();
  }
  expect(parseAddress('/', 'bereik=5~2~o~g').range).toEqual({ low: 2, high: 5, outcome: 'o', group: 'g' });
  for (const text of ['', 'sex:men', 'sex:men:men', 'age:1:2', 'sex:men:women:x']) {
    expect(parseAddress('/', `kloof=${text}&tussen=${text}`), text).toMatchObject({ gap: null, between: null });
  }
});

test('a room is shown as a picture, a table or in words', () => {
  for (const show of ['map', 'table', 'words'] as const) expect(roundTrip({ ...full, show }).show).toBe(show);
});

test('every room has a path of its own', () => {
  for (const room of Object.keys(ROOMS) as Room[]) expect(roundTrip({ ...full, room })).toEqual({ ...full, room });
  expect(parseAddress('/vergelijk/c35_income/wijk', '').room).toBe('compare');
});

test('the group id in an address is percent-encoded as documented', () => {
  expect(formatAddress(full)).toContain('groep=income%3Dlow%3Bwomen%3Bany%3Bsingle');
});

test('the root, unknown rooms and broken escapes give no error', () => {
  expect(parseAddress('/', '').outcome).toBeNull();
  expect(parseAddress('/elders/x/y', '').outcome).toBeNull();
  expect(parseAddress('/kaart/%E0%A4%A/wijk', '').outcome).toBe('%E0%A4%A');
  expect(parseAddress('/kaart/', 'taal=fr&toon=boek&kleur=paars')).toMatchObject({ outcome: null, reference: 'everyone', language: 'nl', show: 'map' });
});

test('a path that no page has is remembered, and the pages that there are are not', () => {
  for (const path of ['/', '/kaart', '/kaart/', '/kaart/c35_mhc', '/kaart/c35_mhc/wijk', '/kaart/c35_mhc/wijk/']) {
    expect(parseAddress(path, '').unknownPage, path).toBeNull();
  }
  for (const path of ['/foo/bar', '/docs', '/kaart/c35_mhc/wijk/meer', '//foo', '/f%20x']) {
    expect(parseAddress(path, '').unknownPage, path).toBe(decodeURIComponent(path));
  }
});
