/**
 * What a view shows, in plain sentences made from the figures. A difference is called one only where the interval leaves
 * no doubt, and then "probably"; nothing is called good, bad or a cause.
 */
import type { Figure, Layer, Reliability } from '../api/types';
import type { Say } from '../content/words';
import type { Ranked } from '../state/ranked';
import { verdictOn } from '../state/comparing';
import { isNoisy, noiseText } from './noise';
import { asDifference, comparison, countText, figureText, intervalText, precisionOf, type Style } from './numbers';
import { rankText } from './sentences';

/** How many areas of a layer lie clearly above or below a figure, and how many neither. */
export function tally(layer: Pick<Layer, 'lwr' | 'upr' | 'est'>, national: number): { higher: number; lower: number; unclear: number } {
  const found = { higher: 0, lower: 0, unclear: 0 };
  layer.est.forEach((_, row) => {
    found[comparison({ lwr: layer.lwr[row] ?? null, upr: layer.upr[row] ?? null }, national) ?? 'unclear'] += 1;
  });
  return found;
}

/** The value that `part` of the values lie below. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(at)] ?? NaN, sorted[Math.ceil(at)] ?? NaN];
  return below + (above - below) * (at - Math.floor(at));
}

/** Half an interval of 95 % in standard errors. */
const Z95 = 1.959964;

/**
 * How much areas differ apart from chance: the standard deviation of their figures, less what their standard errors alone
 * would make of it. Zero when chance explains all; null for fewer than ten areas with an interval.
 */
export function spreadApartFromChance(layer: Pick<Layer, 'est' | 'lwr' | 'upr'>): number | null {
  const known = layer.est.flatMap((est, row) => {
    const [lwr, upr] = [layer.lwr[row] ?? null, layer.upr[row] ?? null];
    return lwr === null || upr === null ? [] : [{ est, error: (upr - lwr) / 2 / Z95 }];
  });
  if (known.length < 10) return null;
  // Weighed by precision: the least certain figures would drown everything else.
  const errors = known.map(({ error }) => error).sort((a, b) => a - b);
  const usual = errors[Math.floor(errors.length / 2)] ?? 0;
  const weights = known.map(({ error }) => 1 / (error ** 2 + usual ** 2 || 1));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = known.reduce((sum, { est }, i) => sum + est * (weights[i] as number), 0) / whole;
  const excess = known.reduce((sum, { est, error }, i) => sum + ((est - mean) ** 2 - error ** 2) * (weights[i] as number), 0) / whole;
  return Math.sqrt(Math.max(0, excess));
}

/** Whether areas differ more or less for a group than for everybody; empty when either is not known. */
export function spreadStory(own: Layer, everybody: Layer, areas: string, style: Style, say: Say): string {
  const [here, all] = [spreadApartFromChance(own), spreadApartFromChance(everybody)];
  if (here === null || all === null) return '';
  const verdict = here > all * 1.2 ? 'more' : here < all / 1.2 ? 'less' : 'same';
  const size = { ...asDifference(style, say) };
  // A size has no sign.
  const written = (value: number): string => figureText(value, size).replace(/^\+\u2060?/, '');
  return say(`story.spread.${verdict}`, { areas, own: written(here), all: written(all) });
}

/** About all areas of a level. `areas` is what they are called: `gemeenten`. */
export function levelStory(
  layer: Layer,
  { total, areas, national, isDifference = false }: { total: number; areas: string; national: number | null; isDifference?: boolean },
  style: Style,
  say: Say,
): string[] {
  const count = (number: number): string => countText(number, style.language);
  const known = layer.est.length;
  if (known === 0) return [say('map.empty')];
  const story = [say('story.known', { shown: count(known), all: count(total), areas })];
  if (known >= 10) {
    story.push(say('story.spread', { low: figureText(quantile(layer.est, 0.1), style), high: figureText(quantile(layer.est, 0.9), style) }));
  }
  if (isDifference && known > 1) {
    const { higher, lower, unclear } = tally(layer, 0);
    story.push(say('story.difference', { higher: count(higher), lower: count(lower), unclear: count(unclear), areas }));
  }
  if (national !== null && known > 1) {
    const { higher, lower, unclear } = tally(layer, national);
    story.push(say('story.tally', { higher: count(higher), lower: count(lower), unclear: count(unclear), areas, national: figureText(national, style) }));
    // Of so many intervals of 95 % one in twenty misses by chance alone.
    story.push(say('story.chance', { count: count(Math.round(known / 20)), areas }));
  }
  return story;
}

export interface AreaStory {
  name: string;
  /** Who the figure is about: `Vrouwen die opgroeiden in Amsterdam`. */
  who: string;
  figure: Figure;
  reliability: Reliability;
  national: Figure | null;
  ranked: Ranked | null;
  /** The gap between children of parents with a high and a low position, here and in the country. */
  gap: { here: Figure; national: Figure | null } | null;
}

/** About one area. */
export function areaStory({ name, who, figure, reliability, national, ranked, gap }: AreaStory, style: Style, say: Say): string[] {
  const written = (value: number): string => figureText(value, style, precisionOf(figure, style));
  const ends = intervalText(figure.lwr, figure.upr, style);
  const n = countText(figure.n, style.language);
  const story = [
    ends === null
      ? say('story.area.plain', { who, figure: written(figure.est) })
      : say('story.area', { who, figure: written(figure.est), low: ends[0], high: ends[1] }),
    figure.n === null ? '' : say(isNoisy(figure) ? 'story.children.noise' : 'story.children', { count: n }),
    isNoisy(figure) ? say('noise.story', { size: noiseText(figure, style, say) }) : '',
    reliability === 'C' ? say('story.unsure') : '',
  ];
  if (national !== null) {
    story.push(say(`story.national.${verdictOn(figure, national)}`, { name, national: written(national.est) }));
  }
  if (ranked !== null) story.push(say(ranked.high - ranked.low + 1 >= ranked.of ? 'story.rank.any' : 'story.rank', { rank: rankText(ranked, say) }));
  if (gap !== null) story.push(...gapStory(name, gap, style, say));
  return story.filter((sentence) => sentence !== '');
}

function gapStory(name: string, { here, national }: NonNullable<AreaStory['gap']>, style: Style, say: Say): string[] {
  const apart = asDifference(style, say);
  const isClear = here.lwr !== null && here.upr !== null && (here.lwr > 0 || here.upr < 0);
  const story = [
    say(!isClear ? 'story.gap.unclear' : here.est > 0 ? 'story.gap.higher' : 'story.gap.lower', {
      name,
      gap: figureText(here.est, apart),
    }),
  ];
  if (national !== null) {
    const wider = verdictOn({ ...here, est: Math.abs(here.est), ...turned(here) }, { ...national, est: Math.abs(national.est), ...turned(national) });
    story.push(say(`story.gap.national.${wider}`, { gap: figureText(national.est, apart) }));
  }
  return story;
}

/** The limits of the size of a difference: those of a negative one trade places. */
function turned({ est, lwr, upr }: Figure): Pick<Figure, 'lwr' | 'upr'> {
  return est >= 0 ? { lwr, upr } : { lwr: upr === null ? null : -upr, upr: lwr === null ? null : -lwr };
}
