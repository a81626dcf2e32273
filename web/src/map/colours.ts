/**
 * Seven class colours around a reference. The palettes are ColorBrewer's RdYlBu and PuOr (Cynthia Brewer, Apache-2.0):
 * their mirrored classes stay apart under every common colour blindness, which red against green does not.
 */
import type { Polarity } from '../api/types';

export const CLASSES = 7;

const RED_YELLOW_BLUE = ['#d73027', '#fc8d59', '#fee090', '#ffffbf', '#e0f3f8', '#91bfdb', '#4575b4'] as const;
const ORANGE_PURPLE = ['#b35806', '#f1a340', '#fee0b6', '#f7f7f7', '#d8daeb', '#998ec3', '#542788'] as const;
/** For outcomes with too few figures to make classes. */
const ONE_COLOUR = '#9db7bd';

/** Colours from the lowest class to the highest; blue is the favourable side where there is one. */
export function palette(polarity: Polarity): readonly string[] {
  if (polarity === 'none') return ORANGE_PURPLE;
  return polarity === 'higher' ? RED_YELLOW_BLUE : [...RED_YELLOW_BLUE].reverse();
}

/** The colour of each class; a single one when an outcome has no classes. */
export const coloursFor = (polarity: Polarity, hasClasses: boolean): readonly string[] =>
  hasClasses ? palette(polarity) : [ONE_COLOUR];

/** The class of a value: the number of breaks at or below it. */
export function classOf(value: number, breaks: readonly number[]): number {
  let low = 0;
  let high = breaks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((breaks[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Areas without a figure. */
export const HATCHED = -1;

/** The class of every area on the map, `HATCHED` where the layer says nothing. */
export function classesOf(
  index: ReadonlyMap<string, number>,
  areas: readonly string[],
  values: readonly number[],
  breaks: readonly number[],
): Int8Array {
  const classes = new Int8Array(index.size).fill(HATCHED);
  areas.forEach((area, i) => {
    const at = index.get(area);
    if (at !== undefined) classes[at] = classOf(values[i] as number, breaks);
  });
  return classes;
}
