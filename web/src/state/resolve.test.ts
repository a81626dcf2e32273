import { expect, test } from 'vitest';
import type { Outcome } from '../api/types';
import { type Address, formatAddress, parseAddress } from './address';
import { addressOf, type Catalogue, drawnLevels, EmptyReleaseError, resolveAddress } from './resolve';
import { catalogue } from './resolve.fixture';

const at = (href: string): Address => {
  const [path = '', query = ''] = href.split('?');
  return parseAddress(path, query);
};
const resolve = (href: string): ReturnType<typeof resolveAddress> => resolveAddress(at(href), catalogue);

test('the root shows incomes per municipality, without a notice', () => {
  const { view, notices } = resolve('/');
  expect([view.outcome.id, view.level.id, view.groupId, view.picture]).toEqual([
    'c35_income',
    'municipality',
    'income=all;all;all;all',
    'schematic',
  ]);
  expect(notices).toEqual([]);
});

test('a full address is followed to the letter and written back the same', () => {
  const href = `/kaart/c35_mhc/municipality?groep=income%3Dlow%3Bwomen%3Ball%3Bsingle&gebied=GM0363&beeld=hexagon&kleur=groep&taal=en&v=${catalogue.manifest.id}`;
  const { view, notices } = resolve(href);
  expect(notices).toEqual([]);
  expect(view.group).toEqual({ axis: 'income', position: 'low', sex: 'women', origin: 'all', household: 'single' });
  expect(formatAddress(addressOf(view, catalogue))).toBe(href);
});

test('every id that the release lacks gets one notice that names it', () => {
  const { view, notices } = resolve('/kaart/c35_nope/buurt?groep=income%3Dlow%3Brobots%3Ball%3Ball&beeld=foto&v=abc');
  expect(notices).toEqual([
    { kind: 'outcome', value: 'c35_nope' },
    { kind: 'level', value: 'buurt' },
    { kind: 'group', value: 'income=low;robots;all;all' },
    { kind: 'picture', value: 'foto' },
    { kind: 'release', value: 'abc' },
  ]);
  expect(view.groupId).toBe(catalogue.groups.default);
});

test('a group id of another shape is a notice, not an error', () => {
  expect(resolve('/kaart/c35_income/wijk?groep=onzin').notices).toEqual([{ kind: 'group', value: 'onzin' }]);
});

test('hexagons at a level that has none are quietly replaced', () => {
  const { view, notices } = resolve('/kaart/c35_income/wijk?beeld=hexagon');
  expect(view.picture).toBe('schematic');
  expect(notices).toEqual([]);
});

test('the country alone is not a map', () => {
  expect(drawnLevels(catalogue.manifest).map(({ id }) => id)).toEqual(['corop', 'municipality', 'wijk']);
});

test('a release without outcomes is said to be empty', () => {
  const empty: Catalogue = { ...catalogue, outcomes: { themes: [], outcomes: [] } };
  expect(() => resolveAddress(at('/'), empty)).toThrow(EmptyReleaseError);
});

test('a page that does not exist, and a level that cannot be drawn, are called what they are', () => {
  expect(resolve('/foo/bar').notices).toEqual([{ kind: 'page', value: '/foo/bar' }]);
  const { view, notices } = resolve('/kaart/c35_income/nl');
  expect(notices).toEqual([{ kind: 'undrawn', value: 'landen' }]);
  expect(view.level.id).toBe('municipality');
  expect(formatAddress(addressOf(view, catalogue))).not.toContain('/nl');
});

test('a change is shown since a cohort that the outcome can be compared with, on the map and by itself', () => {
  const [other, own] = catalogue.outcomes.outcomes as [typeof catalogue.outcomes.outcomes[0], typeof catalogue.outcomes.outcomes[0]];
  const known: Catalogue = { ...catalogue, outcomes: { ...catalogue.outcomes, outcomes: [other, { ...own, earlier: ['c35_mhc'] }] } };
  const at = (href: string): ReturnType<typeof resolveAddress> => resolveAddress(parseAddress(href.split('?')[0] ?? '', href.split('?')[1] ?? ''), known);
  const { view, notices } = at('/kaart/c35_income/municipality?sinds=c35_mhc');
  expect([view.since, view.isDifference, view.shown, notices]).toEqual(['c35_mhc', true, 'income=all;all;all;all~c35_mhc', []]);
  expect(formatAddress(addressOf(view, known))).toContain('sinds=c35_mhc');
  for (const href of ['/kaart/c35_income/municipality?sinds=c35_nope', '/kaart/c35_mhc/municipality?sinds=c35_mhc', '/kaart/c35_income/municipality?sinds=c35_mhc&min=GM0363']) {
    const found = at(href);
    expect(found.view.since, href).toBeNull();
    expect(found.notices.map(({ kind }) => kind), href).toEqual(['since']);
  }
  expect(at('/samenhang/c35_income/municipality?sinds=c35_mhc').view.since).toBeNull();
});

test('an outcome without figures of the chosen group shows the widest one that it has, and says so', () => {
  const told = { positions: { income: ['all'] }, sex: ['all', 'women'], origin: ['all'], household: ['all'] };
  const [first, ...others] = catalogue.outcomes.outcomes;
  const lean: Catalogue = { ...catalogue, outcomes: { ...catalogue.outcomes, outcomes: [{ ...(first as Outcome), told }, ...others] } };
  const group = encodeURIComponent('income=low;women;all;single');
  const { view, notices } = resolveAddress(at(`/kaart/c35_mhc/municipality?groep=${group}`), lean);
  expect(view.groupId).toBe('income=all;women;all;all');
  expect(notices).toEqual([{ kind: 'untold', value: 'income=low;women;all;single' }]);
  expect(resolveAddress(at(`/kaart/c35_income/municipality?groep=${group}`), lean).notices).toEqual([]);
  expect(resolveAddress(at(`/levensloop/c35_mhc?groep=${group}`), lean).view.groupId).toBe('income=low;women;all;single');
  const gap = resolveAddress(at('/kaart/c35_mhc/municipality?kloof=position:mid:low'), lean);
  expect([gap.view.gap, gap.notices.map(({ kind }) => kind)]).toEqual([null, ['untold']]);
  expect(resolveAddress(at('/kaart/c35_mhc/municipality?kloof=sex:women:all'), lean).view.gap).not.toBeNull();
});
