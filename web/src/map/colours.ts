/**
 * Seven class colours around a reference. The palettes are ColorBrewer's RdYlBu and PuOr (Cynthia Brewer, Apache-2.0):
 * their mirrored classes stay apart under every common colour blindness, which red against green does not.
 *
 * Colours merge where figures are uncertain (value-suppressing palettes: Correll, Moritz, Heer, CHI 2018): seven classes
 * for reliable figures, three paler ones for indications, and dots without a colour for what is too uncertain to compare.
 * Differences between groups are often wide and yet clear: there, dots mean that a difference is not clear.
 */
import type { Layer, Polarity } from '../api/types';

export const CLASSES = 7;
/** The class of what is compared with. */
const MIDDLE = 3;

const RED_YELLOW_BLUE = ['#d73027', '#fc8d59', '#fee090', '#ffffbf', '#e0f3f8', '#91bfdb', '#4575b4'] as const;
const ORANGE_PURPLE = ['#b35806', '#f1a340', '#fee0b6', '#f7f7f7', '#d8daeb', '#998ec3', '#542788'] as const;
/** The three merged classes: lower, about equal, higher; greyer than any class of the full palettes. */
const RED_BLUE_MERGED = ['#e0b3a2', '#ebe8d5', '#b3c3cf'] as const;
const ORANGE_PURPLE_MERGED = ['#dbbf9c', '#ebe8e0', '#bdb7cc'] as const;
/** For outcomes with too few figures to make classes. */
const ONE_COLOUR = '#9db7bd';

/** Colours from the lowest class to the highest; blue is the favourable side where there is one. */
export function palette(polarity: Polarity): readonly string[] {
  if (polarity === 'none') return ORANGE_PURPLE;
  return polarity === 'higher' ? RED_YELLOW_BLUE : [...RED_YELLOW_BLUE].reverse();
}

/** The three colours for indications, from lower to higher. */
export function mergedPalette(polarity: Polarity): readonly string[] {
  if (polarity === 'none') return ORANGE_PURPLE_MERGED;
  return polarity === 'higher' ? RED_BLUE_MERGED : [...RED_BLUE_MERGED].reverse();
}

/** The colour of each class; a single one when an outcome has no classes. */
export const coloursFor = (polarity: Polarity, hasClasses: boolean): readonly string[] =>
  hasClasses ? palette(polarity) : [ONE_COLOUR];

/** All that a map can be filled with, by slot: seven classes, three merged ones, and what is too uncertain. */
export const fillsFor = (polarity: Polarity, hasClasses: boolean): readonly string[] =>
  hasClasses ? [...palette(polarity), ...mergedPalette(polarity), DOTS] : [ONE_COLOUR];

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
/** The fill of figures that are too uncertain to compare: a pattern, not a colour. */
export const DOTS = 'dots';
/** The slots behind the seven classes. */
export const MERGED = CLASSES;
export const UNSURE = CLASSES + 3;

/** Which of the merged classes a class falls in: 0 lower, 1 about equal, 2 higher. */
export const mergedOf = (own: number): number => (own < MIDDLE ? 0 : own === MIDDLE ? 1 : 2);

/** The slot of a figure, given its class and how reliable it is. */
export function slotOf(own: number, reliability: string): number {
  if (reliability === 'A') return own;
  return reliability === 'B' ? MERGED + mergedOf(own) : UNSURE;
}

interface Painting {
  isCautious: boolean;
  /** How far the figure of a row must be moved before it is classed; null when none is. */
  shiftOf: ((row: number) => number) | null;
  /** Of differences: what they must clearly differ from to have a colour. */
  centre: number | null;
  /** Whether the figure of a row is clear when all are looked at together: only then it has a colour; null asks nothing. */
  isClear?: ((row: number) => boolean) | null;
}

/** The slots of the rows of a layer. Without classes there is one colour, and nothing to merge. */
export function slotsOf(
  layer: Pick<Layer, 'est' | 'lwr' | 'upr' | 'reliability'>,
  breaks: readonly number[],
  { isCautious, shiftOf, centre, isClear = null }: Painting,
): Int8Array {
  const slots = new Int8Array(layer.est.length);
  if (breaks.length === 0) return slots;
  layer.est.forEach((value, row) => {
    const shift = shiftOf === null ? 0 : shiftOf(row);
    const own = classOf(value - shift, breaks);
    const reliability = layer.reliability.charAt(row);
    // Without a figure to compare with there is nothing that a colour could say.
    if (Number.isNaN(shift) || (isClear !== null && !isClear(row))) slots[row] = UNSURE;
    else if (isClear !== null) slots[row] = isCautious && reliability !== 'A' ? MERGED + mergedOf(own) : own;
    else if (!isCautious) slots[row] = own;
    else if (centre === null) slots[row] = slotOf(own, reliability);
    else {
      const [lwr, upr] = [layer.lwr[row] ?? -Infinity, layer.upr[row] ?? Infinity];
      const isClear = lwr - shift > centre || upr - shift < centre;
      // Precise, and about no difference at all: that is known too.
      const isNone = reliability === 'A' && own === MIDDLE;
      slots[row] = isNone ? own : !isClear ? UNSURE : reliability === 'A' ? own : MERGED + mergedOf(own);
    }
  });
  return slots;
}

/** What the rows say laid out over the areas of the map; `HATCHED` where the layer says nothing. */
export function overAreas(index: ReadonlyMap<string, number>, areas: readonly string[], slots: ArrayLike<number>): Int8Array {
  const classes = new Int8Array(index.size).fill(HATCHED);
  areas.forEach((area, row) => {
    const at = index.get(area);
    if (at !== undefined) classes[at] = slots[row] as number;
  });
  return classes;
}
