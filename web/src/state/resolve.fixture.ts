/** A small release for tests: two outcomes, three levels, one axis. */
import type { Choice, GroupList, Label, Level, Manifest, Outcome, OutcomeList } from '../api/types';
import type { Catalogue } from './resolve';

const label = (nl: string, en: string): Label => ({ nl, en });
const choice = (id: string, phrase: Label): Choice => ({ id, label: label(id, id), phrase });

const level = (id: string, singular: Label, areas: number, geometry: string[]): Level => ({
  id,
  label: label(`${singular.nl}en`, `${singular.en}s`),
  singular,
  definition: label('', ''),
  areas,
  vintage: '2023',
  geometry,
});

export const outcome = (id: string, name: Label, more: Partial<Outcome> = {}): Outcome => ({
  id,
  cohort: 'age35',
  kind: 'money',
  basis: 'home',
  unit: 'EUR 2020',
  polarity: 'higher',
  theme: 'income',
  label: name,
  short: name,
  description: name,
  definition: name,
  source: name,
  formula: 'mean',
  missing: name,
  years: '2015–2020',
  national: null,
  spread: null,
  breaks: null,
  ...more,
});

const manifest: Manifest = {
  id: '2f1c9a7be01d43aa',
  created: '2026-11-21T10:00:00Z',
  title: label('Kansen', 'Kansen'),
  synthetic: true,
  software: { name: 'kansen', version: '0' },
  profile: { id: 'kansenkaart', label: label('', ''), description: label('', '') },
  levels: [
    level('nl', label('land', 'country'), 1, ['schematic']),
    level('corop', label('COROP-gebied', 'COROP region'), 40, ['schematic']),
    level('municipality', label('gemeente', 'municipality'), 342, ['schematic', 'hexagon']),
    level('wijk', label('wijk', 'district'), 3340, ['schematic']),
  ],
  cohorts: [],
  licence: { id: 'CC-BY-4.0', label: label('', ''), url: null },
  attribution: [],
  audit: null,
  boundaries: {},
};

const outcomes: OutcomeList = {
  themes: [{ id: 'income', label: label('Inkomen', 'Income') }],
  outcomes: [
    outcome('c35_mhc', label('aandeel met zorg', 'share in care')),
    outcome('c35_income', label('gemiddeld inkomen op 35', 'mean income at 35')),
  ],
};

const groups: GroupList = {
  default: 'income=all;all;all;all',
  axes: [
    {
      id: 'income',
      label: label('Inkomen van de ouders', 'Parents’ income'),
      positions: [
        { ...choice('all', label('', '')), range: null },
        { ...choice('low', label('met ouders met een laag inkomen', 'with parents with a low income')), range: [0.15, 0.35] },
        { ...choice('mid', label('met ouders met een middeninkomen', 'with parents with a middle income')), range: [0.4, 0.6] },
      ],
    },
  ],
  sex: [choice('all', label('mensen', 'people')), choice('men', label('mannen', 'men')), choice('women', label('vrouwen', 'women'))],
  origin: [choice('all', label('', '')), choice('turkey', label('van Turkse herkomst', 'of Turkish origin'))],
  household: [choice('all', label('', '')), choice('single', label('uit een gezin met één ouder', 'from a one-parent household'))],
};

export const catalogue: Catalogue = { manifest, outcomes, groups };
