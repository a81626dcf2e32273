/** Figures as people write them: Dutch or British, never more digits than they carry, never NaN. */
import type { Kind, Language } from '../api/types';
import type { Say } from '../content/words';

const LOCALE: Record<Language, string> = { nl: 'nl-NL', en: 'en-GB' };
/** Coarse for the map and for sentences, fine for tables and for intervals that would otherwise vanish. */
export type Precision = 'coarse' | 'fine';

export interface Style {
  kind: Kind;
  language: Language;
  /** How a place from 1 to 100 is written, with `{rank}` in it. */
  rank: string;
  /** The least that an amount can be; null when it is not limited. */
  minimum: number | null;
  /** What is written are differences: with their sign, and without the limits that figures have. */
  difference?: { points: string; places: string } | null;
}

/** The same figures, written as differences. */
export const asDifference = (style: Style, say: Say): Style => ({
  ...style,
  difference: { points: say('unit.points'), places: say('unit.places') },
});

/** What decides between which limits a figure can lie. */
export type Limits = Pick<Style, 'kind' | 'minimum' | 'difference'>;

/** Money below this is rounded to tens, above it to hundreds. */
const SMALL_MONEY_EUR = 5000;
/** Intervals of shares and ranks narrower than this deserve a decimal. */
const NARROW = 0.03;
const formatters = new Map<string, Intl.NumberFormat>();

function formatter(language: Language, key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const name = `${language} ${key}`;
  let known = formatters.get(name);
  if (known === undefined) {
    known = new Intl.NumberFormat(LOCALE[language], options);
    formatters.set(name, known);
  }
  return known;
}

/** A whole number with the thousands grouped, or a dash when it is not known. */
export function countText(count: number | null, language: Language): string {
  if (count === null || !Number.isFinite(count)) return '–';
  return formatter(language, 'count', { maximumFractionDigits: 0 }).format(count);
}

/** Shares and ranks lie between 0 and 1, amounts and counts above their minimum, where they have one. */
export const limitsOf = ({ kind, minimum, difference }: Limits): [low: number, high: number] =>
  difference ? [-Infinity, Infinity] : kind === 'money' || kind === 'count' ? [minimum ?? -Infinity, Infinity] : [0, 1];

/** A figure brought inside what can be: the line that it was read from, and a symmetric interval, can run on outside. */
export function within(value: number, limits: Limits): number {
  const [low, high] = limitsOf(limits);
  return Math.min(high, Math.max(low, value));
}

/** The limit that the figure or an end of its interval had to be brought back to, and which of the two it was. */
export function beyond(
  { est, lwr, upr }: { est: number; lwr: number | null; upr: number | null },
  limits: Limits,
): { what: 'figure' | 'interval'; limit: number } | null {
  const limit = (value: number | null): number | null =>
    value === null || within(value, limits) === value ? null : within(value, limits);
  const [figure, interval] = [limit(est), limit(lwr) ?? limit(upr)];
  if (figure !== null) return { what: 'figure', limit: figure };
  return interval === null ? null : { what: 'interval', limit: interval };
}

function moneyStep(value: number, precision: Precision): number {
  const step = Math.abs(value) < SMALL_MONEY_EUR ? 10 : 100;
  return precision === 'fine' ? step / 10 : step;
}

/** Rounding that leaves no negative zero behind. */
/** Halves upwards, of the number as it is written: 0.1435 / 0.001 is a little less than 143.5 in a computer. */
const roundTo = (value: number, step: number): number => Math.round(Number((value / step).toPrecision(12))) * step + 0;

/** A difference: `+€ 1.200`, `−3,1` (percentage points or places), `0` when nothing is left of it. */
function differenceText(value: number, style: Style, precision: Precision): string {
  const size = Math.abs(value);
  const { kind, language } = style;
  const digits = kind === 'money' ? 0 : precision === 'fine' ? 1 : 0;
  const text =
    kind === 'money'
      ? numberText(size, { ...style, difference: null, minimum: null }, precision)
      : formatter(language, `difference${digits}`, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
          kind === 'count' ? size : size * 100,
        );
  if (!/[1-9]/.test(text)) return text;
  // Joined by a character without width: a sign must not stay behind at the end of a line.
  return `${value < 0 ? '−' : '+'}\u2060${text}`;
}

/** One figure; an em dash when there is none. A rank is only its number: see `figureText` for the words. */
export function numberText(value: number | null, style: Style, precision: Precision = 'coarse'): string {
  if (value === null || !Number.isFinite(value)) return '–';
  if (style.difference) return differenceText(value, style, precision);
  const { kind, language } = style;
  const shown = within(value, style);
  const digits = precision === 'fine' ? 1 : 0;
  switch (kind) {
    case 'money':
      return formatter(language, 'money', {
        style: 'currency',
        currency: 'EUR',
        maximumFractionDigits: 0,
        minimumFractionDigits: 0,
      })
        .format(roundTo(shown, moneyStep(shown, precision)))
        .replace(/^€\s/, '€\u202f');
    case 'binary':
    case 'share':
      return formatter(language, `percent${digits}`, {
        style: 'percent',
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }).format(roundTo(shown, digits === 0 ? 0.01 : 0.001));
    case 'rank':
      return formatter(language, `rank${digits}`, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }).format(Math.min(100, Math.max(1, shown * 100)));
    case 'count':
      return formatter(language, `plain${digits}`, { maximumFractionDigits: digits + 1 }).format(shown);
  }
}

/** One figure with the words that it needs: `plek 47 van 100`, `€ 31.300`, `12%`. */
export function figureText(value: number | null, style: Style, precision: Precision = 'coarse'): string {
  const number = numberText(value, style, precision);
  if (style.difference && number !== '–') {
    const { points, places } = style.difference;
    return style.kind === 'money' || style.kind === 'count' ? number : `${number} ${style.kind === 'rank' ? places : points}`;
  }
  return style.kind === 'rank' && number !== '–' ? style.rank.replace('{rank}', number) : number;
}

/** How finely a figure deserves to be written: a decimal for shares and ranks whose interval is narrow enough. */
export function precisionOf({ lwr, upr }: { lwr: number | null; upr: number | null }, limits: Limits): Precision {
  if (limits.kind === 'money' || lwr === null || upr === null) return 'coarse';
  return within(upr, limits) - within(lwr, limits) < (limits.kind === 'count' ? NARROW * 100 : NARROW) ? 'fine' : 'coarse';
}

/** Ticks are written as coarsely as keeps them apart. */
export const precisionOfTicks = (ticks: readonly number[], style: Style): Precision =>
  new Set(ticks.map((tick) => numberText(tick, style))).size < ticks.length ? 'fine' : 'coarse';

/** A number that is short to write, near to `value`: 1, 2 or 5 times a power of ten. */
export function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const part = value / power;
  return Number(((part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10) * power).toPrecision(3));
}

/** What a figure is multiplied by in a number field: people think in percents and places. */
export const inputScale = (kind: Kind): number => (kind === 'money' || kind === 'count' ? 1 : 100);

/** The unit behind a number field. */
export const inputUnit = (kind: Kind): string => (kind === 'money' ? '€' : kind === 'binary' || kind === 'share' ? '%' : '');

/** A number with as many digits behind the sign as it needs, `most` at most, and a minus that is one: `−0,02`, `3,4`. */
export function plainText(value: number, most: number, language: Language, least = 0): string {
  const digits = { minimumFractionDigits: least, maximumFractionDigits: most };
  const text = formatter(language, `plain ${least} ${most}`, digits).format(value + 0);
  return /[1-9]/.test(text) ? text.replace('-', '−') : text.replace('-', '');
}

/** A share that may lie below nothing or above everything: `−2%`, `3,4%`. */
export const percentText = (value: number, most: number, language: Language): string => `${plainText(value * 100, most, language)}%`;

/** Percentage points with a decimal, or two digits where that would leave nothing: `0,6`, `−0,02`. */
export function pointsText(value: number, language: Language): string {
  const points = Math.abs(value * 100);
  return plainText(value * 100, points === 0 || points >= 0.05 ? 1 : 1 - Math.floor(Math.log10(points)), language, 1);
}

/** The two ends of an interval; null when it is not known. */
export function intervalText(lwr: number | null, upr: number | null, style: Style): [string, string] | null {
  if (lwr === null || upr === null || !Number.isFinite(lwr) || !Number.isFinite(upr)) return null;
  const precision = precisionOf({ lwr, upr }, style);
  return [numberText(lwr, style, precision), numberText(upr, style, precision)];
}

/** The class breaks of a legend, short, and the unit that they are in: thousands of euros, percents, places. */
export function breakTexts(breaks: readonly number[], { kind, language, difference }: Style): { texts: string[]; unit: 'thousands' | 'plain' } {
  const largest = Math.max(...breaks.map(Math.abs));
  const thousands = kind === 'money' && largest >= 10_000;
  const scale = thousands ? 1e-3 : kind === 'money' || kind === 'count' ? 1 : 100;
  const suffix = !difference && (kind === 'binary' || kind === 'share') ? '%' : '';
  const sign = (value: number): string => (difference && value > 0 ? '+' : '');
  const write = (digits: number): string[] =>
    breaks.map(
      (value) =>
        sign(value) +
        formatter(language, `break${digits}`, { minimumFractionDigits: digits, maximumFractionDigits: digits })
          .format(value * scale + 0)
          .replace('-', '−')
          .concat(suffix),
    );
  const exact = (digits: number): boolean =>
    breaks.every((value) => Math.abs(value * scale * 10 ** digits - Math.round(value * scale * 10 ** digits)) < 1e-6);
  const coarse = write(0);
  const isCoarseEnough = exact(0) || (!thousands && largest * scale >= 1000);
  const texts = isCoarseEnough && new Set(coarse).size === coarse.length ? coarse : write(1);
  return { texts, unit: thousands ? 'thousands' : 'plain' };
}

/** How an area compares with the country, as far as its interval lets one say. */
export function comparison(
  area: { lwr: number | null; upr: number | null },
  national: number | null,
): 'higher' | 'lower' | 'unclear' | null {
  if (national === null || area.lwr === null || area.upr === null) return null;
  if (area.lwr > national) return 'higher';
  return area.upr < national ? 'lower' : 'unclear';
}
