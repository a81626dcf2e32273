/** Figures as the page shows them: of a group, or of the gap between two groups; of a layer, or of one area. */
import type { AreaPage, Layer, Outcome } from './types';
import { getAreaPage, getLayer } from './client';
import { type Gap, gapGroups, gapLayer, gapPage, shownKey } from '../state/gap';
import { formatGroup, type Group } from '../state/group';

/** What decides which figures are shown, but for the level. */
export interface Shown {
  outcome: Pick<Outcome, 'id' | 'spread'>;
  group: Group;
  gap: Gap | null;
}

/** A layer of the figures of a group or of a gap. Its `group` is the key of what is shown. */
export async function getShownLayer({ outcome, group, gap }: Shown, level: string): Promise<Layer> {
  if (gap === null) return getLayer(outcome.id, level, formatGroup(group));
  const [plus, minus] = await Promise.all(gapGroups(group, gap).map((one) => getLayer(outcome.id, level, formatGroup(one))));
  return gapLayer(plus as Layer, minus as Layer, shownKey(group, gap), outcome.spread);
}

/** All figures of one area, of a group or of a gap in it. Its `group` is the key of what is shown. */
export async function getShownPage(
  { group, gap }: Pick<Shown, 'group' | 'gap'>,
  area: string,
  outcomes: readonly Pick<Outcome, 'id' | 'spread'>[],
): Promise<AreaPage> {
  if (gap === null) return getAreaPage(area, formatGroup(group));
  const [plus, minus] = await Promise.all(gapGroups(group, gap).map((one) => getAreaPage(area, formatGroup(one))));
  return gapPage(plus as AreaPage, minus as AreaPage, shownKey(group, gap), outcomes);
}

/** The estimate of one area, of whatever level; null where the release has none. */
export async function getAreaEstimate({ outcome, group, gap }: Shown, area: string): Promise<number | null> {
  const groups = gap === null ? [group] : gapGroups(group, gap);
  const pages = await Promise.all(groups.map((one) => getAreaPage(area, formatGroup(one))));
  const found = pages.map((page) => page.figures.find((figure) => figure.outcome === outcome.id)?.est ?? null);
  const [plus = null, minus = null] = found;
  if (gap === null || plus === null) return plus;
  return minus === null ? null : plus - minus;
}
