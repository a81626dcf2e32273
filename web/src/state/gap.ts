/** The gap between two groups that differ in one respect: how it is written, and the layer that it makes. */
import type { AreaPage, Breaks, Choice, Figure, GroupList, Layer, Outcome, Reliability } from '../api/types';
import { figureAt } from '../api/layer';
import { roundStep } from '../format/numbers';
import { DIMENSIONS, type Dimension, formatGroup, type Group } from './group';

export type GapDimension = 'position' | Dimension;
export const GAP_DIMENSIONS: readonly GapDimension[] = ['position', ...DIMENSIONS];

/** The figure of `plus` minus that of `minus`, everything else being as the chosen group has it. */
export interface Gap {
  dimension: GapDimension;
  plus: string;
  minus: string;
}

const SEPARATOR = ':';

/** `position:high:low`, or null when it has not that shape. */
export function parseGap(text: string | null): Gap | null {
  const [dimension, plus, minus, ...more] = (text ?? '').split(SEPARATOR);
  const known = GAP_DIMENSIONS.find((one) => one === dimension);
  if (known === undefined || !plus || !minus || plus === minus || more.length > 0) return null;
  return { dimension: known, plus, minus };
}

export const formatGap = ({ dimension, plus, minus }: Gap): string => [dimension, plus, minus].join(SEPARATOR);

/** The ids that a dimension can have for a group. */
export function choicesOf(dimension: GapDimension, axis: string, groups: GroupList): Choice[] {
  if (dimension !== 'position') return groups[dimension];
  return groups.axes.find(({ id }) => id === axis)?.positions ?? [];
}

/** What stands for everybody in every dimension. */
const EVERYBODY = 'all';
/** Who is compared with whom, where a release has both: the ids of the two, by dimension. */
const USUAL: readonly Gap[] = [
  { dimension: 'position', plus: 'high', minus: 'low' },
  { dimension: 'position', plus: 'university', minus: 'other' },
  { dimension: 'sex', plus: 'women', minus: 'men' },
  { dimension: 'household', plus: 'two', minus: 'single' },
];
/** The origin that every other one is compared with. */
const ORIGIN = 'none';

/** The gaps that are worth a choice of their own, in the order in which they are offered. */
export function usualGaps(axis: string, groups: GroupList): Gap[] {
  const origins = groups.origin
    .filter(({ id }) => id !== EVERYBODY && id !== ORIGIN)
    .map(({ id }): Gap => ({ dimension: 'origin', plus: ORIGIN, minus: id }));
  return [...USUAL, ...origins].filter((gap) => isKnownGap(gap, axis, groups));
}

/** Whether this release publishes both groups. */
export const isKnownGap = ({ dimension, plus, minus }: Gap, axis: string, groups: GroupList): boolean =>
  [plus, minus].every((wanted) => choicesOf(dimension, axis, groups).some(({ id }) => id === wanted));

/** The two groups that a gap is between. */
export const gapGroups = (group: Group, { dimension, plus, minus }: Gap): [plus: Group, minus: Group] => [
  { ...group, [dimension]: plus },
  { ...group, [dimension]: minus },
];

/** What a layer of figures of a group, or of a gap within it, is known by. The own position of the gap does not matter. */
export function shownKey(group: Group, gap: Gap | null): string {
  return gap === null ? formatGroup(group) : `${formatGroup({ ...group, [gap.dimension]: '*' })}~${formatGap(gap)}`;
}

/** Half an interval of 95 % in standard deviations of the figure. */
const RELIABLE = 0.5;
const INDICATIVE = 1.5;

/** The reliability of a figure by its half width in units of the outcome's standard deviation across municipalities. */
export function reliabilityOf(halfWidth: number, spread: number | null): Reliability {
  if (spread === null || !Number.isFinite(halfWidth)) return 'C';
  return halfWidth <= RELIABLE * spread ? 'A' : halfWidth <= INDICATIVE * spread ? 'B' : 'C';
}

/**
 * One figure minus another. The interval takes them as independent: exact for groups without common members, too wide
 * rather than too narrow where they overlap. `n` counts both groups.
 */
export function difference(plus: Figure, minus: Figure): Figure {
  const half = ({ lwr, upr }: Figure): number => (lwr === null || upr === null ? NaN : (upr - lwr) / 2);
  const est = plus.est - minus.est;
  const width = Math.hypot(half(plus), half(minus));
  return {
    n: plus.n === null || minus.n === null ? null : plus.n + minus.n,
    est,
    lwr: Number.isNaN(width) ? null : est - width,
    upr: Number.isNaN(width) ? null : est + width,
  };
}

const halfWidth = ({ est, upr }: Figure): number => (upr === null ? NaN : upr - est);

/** Area by area the difference between two groups; areas where one of the two is hidden have none. */
export function gapLayer(plus: Layer, minus: Layer, key: string, spread: number | null): Layer {
  const rowOf = new Map(minus.areas.map((area, row) => [area, row]));
  const gap: Layer = { outcome: plus.outcome, level: plus.level, group: key, areas: [], n: [], est: [], lwr: [], upr: [], reliability: '' };
  plus.areas.forEach((area, row) => {
    const other = rowOf.get(area);
    if (other === undefined) return;
    const figure = difference(figureAt(plus, row), figureAt(minus, other));
    gap.areas.push(area);
    gap.est.push(figure.est);
    gap.n.push(figure.n);
    gap.lwr.push(figure.lwr);
    gap.upr.push(figure.upr);
    gap.reliability += reliabilityOf(halfWidth(figure), spread);
  });
  return gap;
}

/** The differences between two groups in all outcomes of an area. */
export function gapPage(plus: AreaPage, minus: AreaPage, key: string, outcomes: readonly Pick<Outcome, 'id' | 'spread'>[]): AreaPage {
  const figures = plus.figures.flatMap((own) => {
    const other = minus.figures.find(({ outcome }) => outcome === own.outcome);
    if (other === undefined) return [];
    const figure = difference(own, other);
    const spread = outcomes.find(({ id }) => id === own.outcome)?.spread ?? null;
    const protection = own.protection === 'noise' ? own.protection : other.protection;
    return [{ ...figure, outcome: own.outcome, reliability: reliabilityOf(halfWidth(figure), spread), protection }];
  });
  return { ...plus, group: key, figures };
}

/** Steps of a gap's classes in units of the outcome's spread, from fine to coarse. */
const STEPS = [0.5, 1, 2, 4, 8];

/**
 * Seven classes around no difference at all. The step is the first of a few frozen ones, in units of the outcome's spread,
 * with which the gap of the whole country (`national`; null: no matter) lies within three steps. It is the same for all
 * levels and areas.
 */
export function gapBreaks(outcome: Pick<Outcome, 'spread'>, national: number | null): Breaks | null {
  if (outcome.spread === null || outcome.spread <= 0) return null;
  const far = Math.abs(national ?? 0);
  const step = roundStep(outcome.spread * (STEPS.find((one) => far <= 3 * one * (outcome.spread as number)) ?? (STEPS.at(-1) as number)));
  return {
    reference: 0,
    reference_label: { nl: 'geen verschil', en: 'no difference' },
    values: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5].map((part) => Number((part * step).toPrecision(6))),
  };
}
