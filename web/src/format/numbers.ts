/** Figures as people write them: Dutch or British, never more digits than they carry, never NaN. */
import type { Kind, Language } from '../api/types';

const LOCALE: Record<Language, string> = { nl: 'nl-NL', en: 'en-GB' };
/** Coarse for the map and for sentences, fine for tables and for intervals that would otherwise vanish. */
export type Precision = 'coarse' | 'fine';

export interface Style {
  kind: Kind;
  language: Language;
  /** How a place from 1 to 100 is written, with `{rank}` in it. */
  rank: string;
}

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

/** Shares and ranks lie between 0 and 1, money and counts anywhere. */
export const isBounded = (kind: Kind): boolean => kind === 'binary' || kind === 'share' || kind === 'rank';

/** Shares and ranks cannot lie outside their scale, though a symmetric interval can. */
export const within = (value: number, kind: Kind): number => (isBounded(kind) ? Math.min(1, Math.max(0, value)) : value);

function moneyStep(value: number, precision: Precision): number {
  const step = Math.abs(value) < SMALL_MONEY_EUR ? 10 : 100;
  return precision === 'fine' ? step / 10 : step;
}

/** Rounding that leaves no negative zero behind. */
const roundTo = (value: number, step: number): number => Math.round(value / step) * step + 0;

/** One figure; an em dash when there is none. A rank is only its number: see `figureText` for the words. */
export function numberText(value: number | null, { kind, language }: Style, precision: Precision = 'coarse'): string {
  if (value === null || !Number.isFinite(value)) return '–';
  const shown = within(value, kind);
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
  return style.kind === 'rank' && number !== '–' ? style.rank.replace('{rank}', number) : number;
}

/** How finely a figure deserves to be written: a decimal for shares and ranks whose interval is narrow enough. */
export function precisionOf({ lwr, upr }: { lwr: number | null; upr: number | null }, kind: Kind): Precision {
  if (kind === 'money' || lwr === null || upr === null) return 'coarse';
  return within(upr, kind) - within(lwr, kind) < (kind === 'count' ? NARROW * 100 : NARROW) ? 'fine' : 'coarse';
}

/** The two ends of an interval; null when it is not known. */
export function intervalText(lwr: number | null, upr: number | null, style: Style): [string, string] | null {
  if (lwr === null || upr === null || !Number.isFinite(lwr) || !Number.isFinite(upr)) return null;
  const precision = precisionOf({ lwr, upr }, style.kind);
  return [numberText(lwr, style, precision), numberText(upr, style, precision)];
}

/** The class breaks of a legend, short, and the unit that they are in: thousands of euros, percents, places. */
export function breakTexts(breaks: readonly number[], { kind, language }: Style): { texts: string[]; unit: 'thousands' | 'plain' } {
  const largest = Math.max(...breaks.map(Math.abs));
  const thousands = kind === 'money' && largest >= 10_000;
  const scale = thousands ? 1e-3 : kind === 'money' || kind === 'count' ? 1 : 100;
  const suffix = kind === 'binary' || kind === 'share' ? '%' : '';
  const write = (digits: number): string[] =>
    breaks.map((value) =>
      formatter(language, `break${digits}`, { minimumFractionDigits: digits, maximumFractionDigits: digits })
        .format(value * scale + 0)
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
