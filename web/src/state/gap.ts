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

/** In the key of what is shown: what follows is taken off. */
const LESS = '~';

/**
 * What a layer is known by: of figures of a group, of a gap within it, or of either less that of one place or of an earlier
 * cohort (`less`: its id). The own position of a gap does not matter.
 */
export function shownKey(group: Group, gap: Gap | null, less: string | null = null): string {
  const own = gap === null ? formatGroup(group) : `${formatGroup({ ...group, [gap.dimension]: '*' })}${LESS}${formatGap(gap)}`;
  return less === null ? own : `${own}${LESS}${less}`;
}

/** Whether what is known by this key are differences. */
export const isDifferenceKey = (key: string): boolean => key.includes(LESS);

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
    // Every figure has noise of its own.
    noise_sd: Math.hypot(plus.noise_sd ?? 0, minus.noise_sd ?? 0),
  };
}

const halfWidth = ({ est, upr }: Figure): number => (upr === null ? NaN : upr - est);

/** One more area at the end of a layer. */
function add(to: Layer, area: string, n: Figure['n'], figure: Figure, spread: number | null): void {
  to.areas.push(area);
  to.n.push(n);
  to.est.push(figure.est);
  to.lwr.push(figure.lwr);
  to.upr.push(figure.upr);
  to.reliability += reliabilityOf(halfWidth(figure), spread);
  to.noise_sd?.push(figure.noise_sd ?? 0);
}

/** Area by area the difference between two groups; areas where one of the two is hidden have none. */
export function gapLayer(plus: Layer, minus: Layer, key: string, spread: number | null): Layer {
  const rowOf = new Map(minus.areas.map((area, row) => [area, row]));
  const gap: Layer = { outcome: plus.outcome, level: plus.level, group: key, areas: [], n: [], est: [], lwr: [], upr: [], reliability: '', noise_sd: [] };
  plus.areas.forEach((area, row) => {
    const other = rowOf.get(area);
    if (other === undefined) return;
    const figure = difference(figureAt(plus, row), figureAt(minus, other));
    add(gap, area, figure.n, figure, spread);
  });
  return gap;
}

/** A place less itself is nothing, for certain. */
const NOTHING: Figure = { n: null, est: 0, lwr: 0, upr: 0, noise_sd: 0 };

/** Every area of a layer less one place, by both their errors; null stands for a place without a figure, which leaves nothing. */
export function lessPlace(layer: Layer, place: string, figure: Figure | null, key: string, spread: number | null): Layer {
  const less: Layer = { ...layer, group: key, areas: [], n: [], est: [], lwr: [], upr: [], reliability: '', noise_sd: [] };
  if (figure === null) return less;
  layer.areas.forEach((area, row) => {
    const own = figureAt(layer, row);
    const found = area === place ? { ...NOTHING, n: own.n } : difference(own, figure);
    // The children are those of the area itself: the place is the same for all of them.
    add(less, area, own.n, found, spread);
  });
  return less;
}

/** All outcomes of an area less those of one place; outcomes that one of them hides are left out. */
export function pageLessPlace(page: AreaPage, place: AreaPage, key: string, outcomes: readonly Pick<Outcome, 'id' | 'spread'>[]): AreaPage {
  const less = gapPage(page, place, key, outcomes);
  const figures = less.figures.map((figure) => {
    const own = page.figures.find(({ outcome }) => outcome === figure.outcome);
    return page.area === place.area
      ? { ...figure, ...NOTHING, n: own?.n ?? null, reliability: 'A' as const, protection: 'exact' }
      : { ...figure, n: own?.n ?? null };
  });
  return { ...less, figures };
}

/** What may be said of a difference: whether its interval leaves out `centre`, and on which side it lies. */
export function certaintyOf({ lwr, upr }: Pick<Figure, 'lwr' | 'upr'>, centre = 0): 'higher' | 'lower' | 'unsure' {
  if (lwr !== null && lwr > centre) return 'higher';
  return upr !== null && upr < centre ? 'lower' : 'unsure';
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
  const steps = STEPS.map((one) => roundStep(one * (outcome.spread as number)));
  const step = steps.find((one) => far <= 3 * one) ?? (steps.at(-1) as number);
  return {
    reference: 0,
    reference_label: { nl: 'geen verschil', en: 'no difference' },
    values: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5].map((part) => Number((part * step).toPrecision(6))),
  };
}
