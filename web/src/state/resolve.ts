/** From an address, which anyone may have typed, to a view that the release can show, with notices in between. */
import type { GroupList, Language, Level, Manifest, Outcome, OutcomeList } from '../api/types';
import type { Address, Embed, Reference, Room, Show } from './address';
import { sinceFor } from './change';
import { isCharacteristic } from './characteristics';
import { formatGap, type Gap, type GapDimension, isKnownGap, shownKey } from './gap';
import { DIMENSIONS, fitted, formatGroup, type Group, groupsOf, isKnownGroup, parseGroup } from './group';
import type { RendererChoice } from '../map/renderer';
import { formatRange, type Range } from './range';

export interface Catalogue {
  manifest: Manifest;
  outcomes: OutcomeList;
  groups: GroupList;
}

/** Everything that the page shows follows from this. */
export interface View {
  room: Room;
  outcome: Outcome;
  level: Level;
  isLevelFixed: boolean;
  group: Group;
  groupId: string;
  gap: Gap | null;
  /** The place that is taken off every area of the map. */
  minus: string | null;
  /** The outcome of an earlier cohort that is taken off: what is shown is the change since. */
  since: string | null;
  /** What is shown are differences: between groups, from a place, or from an earlier cohort. */
  isDifference: boolean;
  /** What the layer of this group or gap is known by. */
  shown: string;
  area: string | null;
  places: string[];
  /** The two groups whose gap is followed along the positions of the parents; null are the usual ones. */
  between: Gap | null;
  split: GapDimension;
  /** The outcome or characteristic that is set against the chosen outcome; null is the first that fits. */
  against: string | null;
  picture: string;
  reference: Reference;
  isCautious: boolean;
  /** Only areas that differ for certain have a colour. */
  isClearOnly: boolean;
  range: Range | null;
  show: Show;
  order: string | null;
  isDetailed: boolean;
  renderer: RendererChoice;
  embed: Embed;
  language: Language;
}

export type NoticeKind = 'outcome' | 'level' | 'group' | 'picture' | 'area' | 'release' | 'page' | 'undrawn' | 'gap' | 'range' | 'places' | 'merged' | 'untold' | 'since';

/** Something in the address that could not be followed. */
export interface Notice {
  kind: NoticeKind;
  value: string;
}

export class EmptyReleaseError extends Error {}

const DEFAULT_OUTCOME = 'c35_income';
const DEFAULT_LEVEL = 'municipality';
/** As many places as can be told apart in one picture. */
export const MOST_PLACES = 4;

/** Levels worth a map: those with a geometry and more than one area to compare. */
export const drawnLevels = (manifest: Manifest): Level[] =>
  manifest.levels.filter((level) => level.geometry.length > 0 && level.areas > 1);

function pick<Item extends { id: string }>(items: Item[], id: string | null, preferred: string): [Item, boolean] {
  const found = items.find((item) => item.id === id);
  if (found !== undefined) return [found, true];
  const fallback = items.find((item) => item.id === preferred) ?? items[0];
  if (fallback === undefined) throw new EmptyReleaseError();
  return [fallback, id === null];
}

/** The view that an address asks for, and what had to be replaced. Throws when a release has nothing to show. */
export function resolveAddress(address: Address, catalogue: Catalogue): { view: View; notices: Notice[] } {
  const { manifest, outcomes, groups } = catalogue;
  const notices: Notice[] = [];
  const complain = (ok: boolean, kind: NoticeKind, value: string | null): void => {
    if (!ok && value !== null) notices.push({ kind, value });
  };

  complain(false, 'page', address.unknownPage);
  const [outcome, outcomeKnown] = pick(outcomes.outcomes, address.outcome, DEFAULT_OUTCOME);
  complain(outcomeKnown, 'outcome', address.outcome);
  const [level, levelKnown] = pick(drawnLevels(manifest), address.level, DEFAULT_LEVEL);
  const existing = manifest.levels.find(({ id }) => id === address.level);
  if (existing === undefined) complain(levelKnown, 'level', address.level);
  else complain(levelKnown, 'undrawn', existing.label[address.language]);

  const standard = parseGroup(groups.default);
  if (standard === null) throw new EmptyReleaseError();
  const wanted = address.group === null ? standard : parseGroup(address.group);
  const groupKnown = wanted !== null && isKnownGroup(wanted, groups);
  complain(groupKnown, 'group', address.group);
  const chosen = groupKnown ? wanted : standard;
  // Life goes from outcome to outcome, and the whole country has no groups: nothing gives way there.
  const told = ['life', 'nation'].includes(address.room) ? groups : groupsOf(outcome, groups);
  const group = fitted(chosen, told);

  const gapKnown = address.gap === null || isKnownGap(address.gap, chosen.axis, groups);
  complain(gapKnown, 'gap', address.gap === null ? null : formatGap(address.gap));
  const gap = address.gap !== null && gapKnown && isKnownGap(address.gap, group.axis, told) ? address.gap : null;
  // Everybody on one axis is everybody on another: nothing was taken away then.
  const isWhole = DIMENSIONS.every((one) => group[one] === chosen[one]) && group.position === chosen.position;
  complain(isWhole && (!gapKnown || gap === address.gap), 'untold', formatGroup(chosen));

  // Along the positions no gap between positions can be followed.
  const betweenKnown = address.between === null || (address.between.dimension !== 'position' && isKnownGap(address.between, group.axis, groups));
  complain(betweenKnown, 'gap', address.between === null ? null : formatGap(address.between));

  // The other rooms compare places in ways of their own.
  const minus = address.room === 'map' ? address.minus : null;

  // A change is of the figures themselves, and belongs to the map; an outcome says which earlier ones it can be compared with.
  const sinceKnown = address.since === null || ((outcome.earlier ?? []).includes(address.since) && gap === null && minus === null);
  complain(sinceKnown, 'since', address.since);
  const since = sinceKnown && address.room === 'map' ? address.since : null;

  const { range } = address;
  const ranged = range === null ? null : parseGroup(range.group);
  const rangeKnown =
    range === null ||
    (outcomes.outcomes.some(({ id }) => id === range.outcome) && ranged !== null && isKnownGroup(ranged, groups));
  complain(rangeKnown, 'range', range === null ? null : formatRange(range));

  const { against } = address;
  const againstKnown = against === null || isCharacteristic(against) || outcomes.outcomes.some(({ id }) => id === against);
  complain(againstKnown, 'outcome', against);
  complain(address.places.length <= MOST_PLACES, 'places', address.places.slice(MOST_PLACES).join(', '));

  const pictureKnown = address.view === null || level.geometry.includes(address.view);
  // A picture of another level is not worth a notice: switching the level from the hexagons is ordinary.
  complain(pictureKnown || manifest.levels.some((other) => other.geometry.includes(address.view ?? '')), 'picture', address.view);
  complain(address.release === null || address.release === manifest.id, 'release', address.release);

  const picture = (pictureKnown ? address.view : null) ?? level.geometry[0] ?? 'schematic';
  return {
    view: {
      room: address.room,
      outcome,
      level,
      isLevelFixed: address.isLevelFixed,
      group,
      groupId: formatGroup(group),
      gap,
      minus,
      since,
      isDifference: gap !== null || minus !== null || since !== null,
      shown: shownKey(group, gap, minus ?? since),
      area: address.area,
      places: address.places.slice(0, MOST_PLACES),
      between: betweenKnown ? address.between : null,
      split: address.split,
      against: againstKnown ? address.against : null,
      picture,
      // Less one place, areas are compared with that place already.
      reference: minus === null ? address.reference : 'everyone',
      isCautious: address.isCautious,
      isClearOnly: address.isClearOnly,
      range: rangeKnown ? range : null,
      show: address.show,
      order: address.order,
      isDetailed: address.isDetailed,
      renderer: address.renderer,
      embed: address.embed,
      language: address.language,
    },
    notices,
  };
}

/** The address of a view, with defaults left out and the release pinned. */
export function addressOf(view: View, catalogue: Catalogue): Address {
  return {
    room: view.room,
    outcome: view.outcome.id,
    level: view.level.id,
    isLevelFixed: view.isLevelFixed,
    group: view.groupId === catalogue.groups.default ? null : view.groupId,
    gap: view.gap,
    minus: view.minus,
    since: view.since,
    area: view.area,
    places: view.places,
    between: view.between,
    split: view.split,
    against: view.against,
    view: view.picture === view.level.geometry[0] ? null : view.picture,
    reference: view.reference,
    isCautious: view.isCautious,
    isClearOnly: view.isClearOnly,
    range: view.range,
    show: view.show,
    order: view.order,
    isDetailed: view.isDetailed,
    renderer: view.renderer,
    embed: view.embed,
    language: view.language,
    release: catalogue.manifest.id,
    unknownPage: null,
  };
}

/** The address of a view with something changed, and with what follows from that. */
export function changed(view: View, catalogue: Catalogue, change: Partial<Address>): Address {
  const next: Address = { ...addressOf(view, catalogue), ...change };
  if (next.level !== view.level.id && change.view === undefined) next.view = null;
  // Another outcome is set against the same earlier cohort, where it has one.
  next.since = sinceFor(next.outcome, next.since, catalogue.outcomes.outcomes);
  // Who goes to compare has a place in mind: the chosen one.
  if (next.room === 'compare' && next.places.length === 0 && next.area !== null) next.places = [next.area];
  return next;
}
