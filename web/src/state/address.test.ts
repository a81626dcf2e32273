import { expect, test } from 'vitest';
import { type Address, formatAddress, parseAddress } from './address';

const full: Address = {
  outcome: 'c35_income',
  level: 'wijk',
  group: 'income=low;women;any;single',
  area: 'WK036344',
  view: 'imported',
  reference: 'group',
  show: 'table',
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
    outcome: 'c35_mhc',
    level: 'municipality',
    group: null,
    area: null,
    view: null,
    reference: 'everyone',
    show: 'map',
    language: 'nl',
    release: null,
    unknownPage: null,
  };
  expect(formatAddress(plain)).toBe('/kaart/c35_mhc/municipality');
  expect(roundTrip(plain)).toEqual(plain);
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
