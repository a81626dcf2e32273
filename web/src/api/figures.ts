/** Figures as the page shows them: of a group, or of the gap between two groups; of a layer, or of one area. */
import type { AreaPage, Layer, Outcome } from './types';
import { getAreaPage, getChanges, getLayer } from './client';
import { changeLayer, changePage } from '../state/change';
import { type Gap, gapGroups, gapLayer, gapPage, lessPlace, pageLessPlace, shownKey } from '../state/gap';
import { formatGroup, type Group } from '../state/group';

/** What decides which figures are shown, but for the level. */
export interface Shown {
  outcome: Pick<Outcome, 'id' | 'spread'>;
  group: Group;
  gap: Gap | null;
  /** The place that is taken off every area; null for the figures themselves. */
  minus: string | null;
  /** The outcome of an earlier cohort that is taken off; null for the figures themselves. */
  since: string | null;
}

/** What the layer of what is shown is known by. */
export const keyOf = ({ group, gap, minus, since }: Omit<Shown, 'outcome'>): string => shownKey(group, gap, minus ?? since);

/** The figures of one area before a place is taken off. */
const whole = <Some extends { minus: string | null }>(shown: Some): Some => ({ ...shown, minus: null });

/** A layer of the figures of a group or of a gap. Its `group` is the key of what is shown. */
export async function getShownLayer(shown: Shown, level: string): Promise<Layer> {
  const { outcome, group, gap, minus: place, since } = shown;
  if (since !== null) return changeLayer(await getChanges(outcome.id, level, formatGroup(group), since), keyOf(shown), outcome.spread);
  if (place !== null) {
    const [layer, page] = await Promise.all([getShownLayer(whole(shown), level), getShownPage(whole(shown), place, [outcome])]);
    const figure = page.figures.find((one) => one.outcome === outcome.id) ?? null;
    return lessPlace(layer, place, figure, keyOf(shown), outcome.spread);
  }
  if (gap === null) return getLayer(outcome.id, level, formatGroup(group));
  const [plus, minus] = await Promise.all(gapGroups(group, gap).map((one) => getLayer(outcome.id, level, formatGroup(one))));
  return gapLayer(plus as Layer, minus as Layer, keyOf(shown), outcome.spread);
}

/** All figures of one area, of a group or of a gap in it. Its `group` is the key of what is shown. */
export async function getShownPage(
  shown: Shown,
  area: string,
  outcomes: readonly Pick<Outcome, 'id' | 'spread'>[],
): Promise<AreaPage> {
  const { group, gap, minus: place, since } = shown;
  if (since !== null) {
    const page = await getAreaPage(area, formatGroup(group));
    return changePage(page, await getShownLayer(shown, page.level));
  }
  if (place !== null) {
    const [own, other] = await Promise.all([area, place].map((one) => getShownPage(whole(shown), one, outcomes)));
    return pageLessPlace(own as AreaPage, other as AreaPage, keyOf(shown), outcomes);
  }
  if (gap === null) return getAreaPage(area, formatGroup(group));
  const [plus, minus] = await Promise.all(gapGroups(group, gap).map((one) => getAreaPage(area, formatGroup(one))));
  return gapPage(plus as AreaPage, minus as AreaPage, keyOf(shown), outcomes);
}

/** The estimate of one area, of whatever level; null where the release has none. */
export async function getAreaEstimate(shown: Shown, area: string): Promise<number | null> {
  const page = await getShownPage(shown, area, [shown.outcome]);
  return page.figures.find(({ outcome }) => outcome === shown.outcome.id)?.est ?? null;
}
