import { expect, test } from 'vitest';
import { catalogue } from '../state/resolve.fixture';
import { csvOf, fileName, pasteOf, sourceLines } from './sheet';

const sheet = { columns: ['gebied', 'cijfer'], rows: [['Súdwest-Fryslân', 0.1 + 0.2], ['De "Hoek", oost', null], ['=1+1', 5]] };

test('a CSV holds its source, quotes what must be quoted, and no formula', () => {
  const text = csvOf(sheet, ['Een titel', 'regel\ntwee']);
  expect(text).toBe(
    '\ufeff# Een titel\r\n# regel twee\r\ngebied,cijfer\r\nSúdwest-Fryslân,0.3\r\n"De ""Hoek"", oost",\r\n\'=1+1,5\r\n',
  );
});

test('what is pasted has the decimal sign of the language', () => {
  expect(pasteOf(sheet, 'nl').split('\n')[1]).toBe('Súdwest-Fryslân\t0,3');
  expect(pasteOf(sheet, 'en').split('\n')[1]).toBe('Súdwest-Fryslân\t0.3');
});

test('the source names release, licence and caution, and that figures are synthetic', () => {
  const lines = sourceLines('Titel', catalogue, { language: 'nl', room: 'map' }, 'http://x/y').join('\n');
  for (const part of ['Titel.', catalogue.manifest.id, '2026-11-21', 'CC-BY-4.0', 'Synthetische', 'geen oorzaak', 'http://x/y']) {
    expect(lines).toContain(part);
  }
});

test('names of files are plain', () => {
  expect(fileName(['c35_income', 'wijk', 'income=low;all;all;all'], 'csv')).toBe('kansen-c35_income-wijk-income-low-all-all-all.csv');
});
