/** The shapes of the JSON API (v1), as the server documents them in `/openapi.json`. */

export type Language = 'nl' | 'en';
export type Label = Record<Language, string>;

export type Kind = 'money' | 'binary' | 'share' | 'rank' | 'count';
export type Polarity = 'higher' | 'lower' | 'none';
export type Reliability = 'A' | 'B' | 'C';

export interface Level {
  id: string;
  label: Label;
  singular: Label;
  definition: Label;
  areas: number;
  vintage: string | null;
  /** The pictures that exist of this level: `schematic`, `hexagon`, `imported`; empty for the country. */
  geometry: string[];
}

export interface Cohort {
  id: string;
  label: Label;
  description: Label;
  births: [number, number] | null;
  home_age: number | null;
  /** `residents`: people followed by their own position at the start, in the place of children by their parents'. */
  population?: string;
  /** The words for an axis and its positions, where they are not those of the groups. */
  axes?: Record<string, { label: Label; positions: Record<string, { label: Label; phrase: Label }> }>;
  /** What its people are called per sex; absent or empty: as the groups are. */
  people?: Record<string, Label>;
  /** How it is told where a family comes from; absent in older releases, and where nobody said it. */
  origin?: { id: string; label: Label; definition: Label } | null;
}

/** What each rule of a cohort left; counts in tens, null below ten. */
export interface Attrition {
  cohort: string;
  area: string;
  steps: Array<{
    step: string;
    label: Label | null;
    dimension: string;
    category: string;
    before: number | null;
    dropped: number | null;
    left: number | null;
  }>;
}

/** What was done as the published KansenKaart does it; `cohorts` is empty for what is about all figures. */
export interface Compat {
  name: string | null;
  quirks: Array<{ id: string; cohorts: string[]; label: Label }>;
}

export interface Manifest {
  id: string;
  created: string;
  title: Label;
  synthetic: boolean;
  software: { name: string; version: string };
  profile: { id: string; label: Label; description: Label; parameters?: Record<string, unknown> };
  levels: Level[];
  cohorts: Cohort[];
  licence: { id: string; label: Label; url: string | null };
  attribution: Label[];
  boundaries: Record<string, { kind: string; attribution: string | null }>;
  /** Null when nothing was, absent in older releases. */
  compat?: Compat | null;
  /** What an attack on the release found; null when no report is attached. */
  audit: Audit | null;
}

export interface Audit {
  /** Hidden cells whose numbers can be worked out, and those of them that rest on fewer than ten. */
  reached: number;
  small: number;
}

export interface Figure {
  n: number | null;
  est: number;
  lwr: number | null;
  upr: number | null;
  /** Standard deviation of the noise on `est`; 0 or absent where the figure is exact. */
  noise_sd?: number;
}

export interface Breaks {
  reference: number;
  reference_label: Label;
  /** Ascending; six of them make seven classes. */
  values: number[];
}

export interface Outcome {
  id: string;
  cohort: string;
  kind: Kind;
  basis: string;
  unit: string;
  polarity: Polarity;
  theme: string;
  label: Label;
  short: Label;
  description: Label;
  definition: Label;
  source: Label;
  formula: string;
  missing: Label;
  years: string;
  /** The least that it can be; a fitted line can run on below it. Absent from releases made before there was one. */
  minimum?: number | null;
  national: Figure | null;
  spread: number | null;
  breaks: Breaks | null;
  /** What changed in how it is measured, in its years or beside them; absent from older releases. */
  series_breaks?: SeriesBreak[];
  /** Outcomes that are the same measure of earlier cohorts, the nearest first; absent from older releases. */
  earlier?: string[];
  /** The statistic that its figures are, and the outcome that it is over; absent from releases made before there were measures. */
  measure?: string;
  of?: string | null;
  /** Of whom there is any figure at some level; absent from older releases, which do not say. */
  told?: Told | null;
  /** Of the country and of everybody; only with a slope of ranks, and only where it may be told. */
  transitions?: Transitions | null;
  /** How gaps in it are decomposed, where that is told of any area; absent from older releases. */
  decompositions?: Decomposition[] | null;
  /** Spells of a low income in the country; beside one outcome of a cohort of residents, where it may be told. */
  spells?: Spells | null;
  /** The national figure where those who are still seen stand for people like them who are gone. */
  weighted?: Weighted | null;
}

/** Chances in the country by place: the year of a spell, or a calendar year. All lists are equally long. */
export interface Chances {
  place: number[];
  est: number[];
  lwr: number[];
  upr: number[];
  /** Where those who are still seen stand for those who are gone; not of coming back. */
  weighted?: number[] | null;
  step: number[];
}

export interface Spells {
  label: Label;
  description: Label;
  below: number;
  years: [number, number];
  ages: [number, number];
  leaving: Chances;
  again: Chances;
  by_year: Chances & { lengths: number };
  trend: { first: number; last: number; years: number; est: number; lwr: number; upr: number; weighted: number; p: number } | null;
  dependence: Dependence[];
}

/** The slope of the log of the chance on the log of the year of the spell; `gamma` allows for who leaves easily. */
export interface Dependence {
  frailty: 'none' | 'gamma';
  est: number | null;
  lwr: number | null;
  upr: number | null;
}

export interface Weighted {
  est: number;
  lwr: number;
  upr: number;
  step: number;
  by: string[];
}

/** Ids of whom an outcome has figures: positions by axis (everybody's under the first axis only), and the rest. */
export interface Told {
  positions: Record<string, string[]>;
  sex: string[];
  origin: string[];
  household: string[];
}

/** Shares of children by class (columns) for each class of the parents (rows), from the bottom; multiples of `step`. */
export interface Transitions {
  classes: number;
  step: number;
  shares: number[][];
}

/** Which gaps in an outcome are decomposed, and by what: covariates of a block are told together. */
export interface Decomposition {
  id: string;
  label: Label;
  description: Label;
  between: GapPair[];
  blocks: { id: string; label: Label }[];
}

/** The gap is the mean of a less that of b. */
export interface GapPair {
  dimension: string;
  a: string;
  b: string;
}

/** A part of a gap, in the unit of the outcome, rounded to multiples of `step`. */
export interface GapPart {
  est: number;
  lwr: number;
  upr: number;
  step: number;
}

/** A gap as it is, the part of it that goes with the blocks, and what is left. */
export interface GapParts extends GapPair {
  decomposition: string;
  gap: GapPart;
  explained: GapPart;
  unexplained: GapPart;
  blocks: (GapPart & { id: string })[];
}

export interface AreaGaps {
  outcome: string;
  area: string;
  gaps: GapParts[];
}

/** Figures before a year and from it on must not be compared. */
export interface SeriesBreak {
  id: string;
  year: number;
  label: Label;
}

export interface Theme {
  id: string;
  label: Label;
}

export interface OutcomeList {
  themes: Theme[];
  outcomes: Outcome[];
}

/** One value of a dimension of the groups. */
export interface Choice {
  id: string;
  label: Label;
  /** Its words in a sentence: `vrouwen`, `van Turkse herkomst`, `met ouders met een laag inkomen`; may be empty. */
  phrase: Label;
}

export interface Position extends Choice {
  /** The slice of the parents' ranks, from 0 to 1; null when it is everyone or not a slice. */
  range: [number, number] | null;
}

export interface Axis {
  id: string;
  label: Label;
  positions: Position[];
}

export interface GroupList {
  default: string;
  axes: Axis[];
  sex: Choice[];
  origin: Choice[];
  household: Choice[];
}

export interface Layer {
  outcome: string;
  level: string;
  group: string;
  areas: string[];
  n: (number | null)[];
  est: number[];
  lwr: (number | null)[];
  upr: (number | null)[];
  /** One letter per area. */
  reliability: string;
  /** Standard deviation of the noise per area, 0 where exact; absent or null when all figures are exact. */
  noise_sd?: number[] | null;
  /** Only of changes over cohorts: whether each is clear when all areas are looked at together. */
  differs?: (boolean | null)[];
  /** Only of changes over cohorts: the figure of the earlier one. */
  earlier?: number[];
  /** Only of changes over cohorts: what changed in how it is measured between the two. */
  between?: SeriesBreak[];
}

/** Which places the areas of a layer can have; the server tells more, which the page does not show. */
export interface Ranks {
  areas: string[];
  /** Null where an area is not ranked. */
  rank: (number | null)[];
  /** Best and worst place, right for all areas together. */
  low_all: (number | null)[];
  high_all: (number | null)[];
  of: (number | null)[];
  /** Areas of one tier cannot be told from its first. */
  tier: (number | null)[];
  /** The area around each that it is ranked in; null when the whole level is ranked together. */
  within: (string | null)[] | null;
  /** Shrunk figures with their intervals: for reading one area, never to rank. */
  post: (number | null)[];
  post_lwr: (number | null)[];
  post_upr: (number | null)[];
  /** Whether an area differs from the country when all are looked at together; null where that is not known. */
  differs: (boolean | null)[];
}

/** How much of the differences between areas is real. */
export interface Reliable {
  areas: number;
  /** The share of the variance that is not chance; null with a `reason`. */
  reliability: number | null;
  /** The smallest true difference that half of the areas would show, four times out of five. */
  detectable: number | null;
  reason: string | null;
}

export type ClusterKind = 'high_high' | 'low_high' | 'low_low' | 'high_low';

/** Whether areas that touch are alike, and which stand out for it. */
export interface Neighbours {
  view: string | null;
  moran: number | null;
  p: number | null;
  taking_part: number;
  reason: string | null;
  areas: string[];
  kind: (ClusterKind | null)[];
}

/** The same measure of an earlier and a later cohort, in the areas that have both. */
export interface Changes {
  outcome: string;
  earlier: string;
  level: string;
  group: string;
  areas: string[];
  n: (number | null)[];
  est_earlier: number[];
  est_later: number[];
  change: number[];
  lwr: (number | null)[];
  upr: (number | null)[];
  noise_sd: number[];
  /** Whether an area changed when all are looked at together; null where a break lies between the two. */
  differs: (boolean | null)[];
  /** What changed in how it is measured between the two. */
  breaks: SeriesBreak[];
}

export interface AreaList {
  level: string;
  area: string[];
  name: string[];
  parent: (string | null)[];
  population: (number | null)[];
}

/** One thing that is known of areas besides outcomes: of who lives there now. */
export interface KeyFigure {
  id: string;
  label: Label;
  source: Label;
  kind: 'share' | 'money' | 'count';
  /** Areas are better compared by ratios than by differences. */
  log: boolean;
  values: (number | null)[];
}

export interface KeyFigures {
  level: string;
  area: string[];
  characteristics: KeyFigure[];
}

export interface AreaFigure extends Figure {
  outcome: string;
  reliability: Reliability;
  protection: string;
}

export interface AreaPage {
  area: string;
  name: string;
  level: string;
  level_label: Label;
  parents: { area: string; name: string; level: string }[];
  population: number | null;
  group: string;
  figures: AreaFigure[];
}

/** One estimate with its interval; null with a reason where it is not told. */
export interface Estimated {
  est: number | null;
  lwr: number | null;
  upr: number | null;
  step: number | null;
  /** In tens. */
  people: number | null;
  reason: string | null;
}

export interface Placebo extends Estimated {
  name: 'late' | 'siblings' | 'own_cohort' | 'other_cohort' | 'before';
  /** What it must show: nothing, or the effect itself. */
  expected: 'none' | 'effect';
  verdict: 'as_expected' | 'fails' | 'unknown';
  p: number | null;
}

/** What a year in a place (`movers`: shares of the difference between two places) or a policy does. */
export interface Effect {
  id: string;
  method: 'movers' | 'policy';
  title: Label;
  description: Label;
  outcome: Label;
  kind: 'money' | 'share' | 'count';
  until: number | null;
  years: [number, number];
  effect: Estimated;
  chosen: Estimated | null;
  /** By age at the move, or by year since the start; what may not be told is absent. */
  along: (Estimated & { place: number })[];
  placebos: Placebo[];
  /** So few areas had the policy that intervals are too narrow. */
  few: boolean;
  tests: { wild: number | null; permutation: number | null } | null;
  people: Partial<Record<'movers' | 'residents' | 'left_out' | 'treated' | 'untreated', number | null>>;
  clusters: number | null;
  areas: { treated: number; untreated: number; left_out: Record<string, number>; merged: number } | null;
}

export interface EffectList {
  effects: Effect[];
}

export interface SearchHit {
  area: string;
  name: string;
  level: string;
  level_label: Label;
  within: string | null;
  note: Label | null;
}

export interface Problem {
  title: string;
  status: number;
  detail: string;
}

/** A part of a difference with its interval, in the unit of the outcome. */
export interface DifferencePart {
  est: number;
  lwr: number;
  upr: number;
}

/** The difference of an area from the country, split by the groups of one dimension; both parts add up to it. */
export interface ComposedArea {
  outcome: string;
  area: string;
  group: string;
  by: string;
  difference: number | null;
  /** Null with a reason where too many people are in groups without a figure. */
  composition: DifferencePart | null;
  rates: DifferencePart | null;
  hidden: number | null;
  reason: 'not_told' | 'too_many_hidden' | 'too_few_groups' | null;
  kinds: { id: string; share: number | null; est: number | null; country_share: number | null; country_est: number | null }[];
}
