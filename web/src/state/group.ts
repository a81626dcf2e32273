/** Group ids: `axis=position;sex;origin;household`, for example `income=low;women;any;single`. */
import type { GroupList, Outcome } from '../api/types';

export interface Group {
  axis: string;
  position: string;
  sex: string;
  origin: string;
  household: string;
}

export type Dimension = 'sex' | 'origin' | 'household';
export const DIMENSIONS: readonly Dimension[] = ['sex', 'origin', 'household'];

/** The parts of a group id, or null when it has not the right shape. */
export function parseGroup(id: string): Group | null {
  const match = /^([^=;]+)=([^=;]+);([^;]+);([^;]+);([^;]+)$/.exec(id);
  if (match === null) return null;
  const [, axis = '', position = '', sex = '', origin = '', household = ''] = match;
  return { axis, position, sex, origin, household };
}

export const formatGroup = (group: Group): string =>
  `${group.axis}=${group.position};${group.sex};${group.origin};${group.household}`;

/** Whether this release publishes the group. */
export function isKnownGroup(group: Group, groups: GroupList): boolean {
  const axis = groups.axes.find(({ id }) => id === group.axis);
  return (
    axis !== undefined &&
    axis.positions.some(({ id }) => id === group.position) &&
    DIMENSIONS.every((dimension) => groups[dimension].some(({ id }) => id === group[dimension]))
  );
}

/** What stands for everybody, on every axis and in every dimension. */
const EVERYBODY = 'all';

/** The groups that an outcome has figures of. Everybody always stays: of whom an outcome is nothing, there is that to say. */
export function groupsOf({ told }: Pick<Outcome, 'told'>, groups: GroupList): GroupList {
  if (!told) return groups;
  const within = <Item extends { id: string }>(items: Item[], ids: readonly string[] = []): Item[] =>
    items.filter(({ id }) => id === EVERYBODY || ids.includes(id));
  const axes = groups.axes.map((axis) => ({ ...axis, positions: within(axis.positions, told.positions[axis.id]) }));
  const split = axes.filter(({ positions }) => positions.length > 1);
  return {
    ...groups,
    axes: split.length > 0 ? split : axes.slice(0, 1),
    sex: within(groups.sex, told.sex),
    origin: within(groups.origin, told.origin),
    household: within(groups.household, told.household),
  };
}

/** The group, with everybody in the place of whom there are no figures of. */
export function fitted(group: Group, groups: GroupList): Group {
  const axis = groups.axes.find(({ id }) => id === group.axis);
  const has = (choices: readonly { id: string }[], id: string): string => (choices.some((one) => one.id === id) ? id : EVERYBODY);
  return {
    axis: axis?.id ?? groups.axes[0]?.id ?? group.axis,
    position: has(axis?.positions ?? [], group.position),
    sex: has(groups.sex, group.sex),
    origin: has(groups.origin, group.origin),
    household: has(groups.household, group.household),
  };
}

/** Groups one step away, most likely next first: what to fetch before anyone asks. */
export function adjacentGroups(group: Group, groups: GroupList): Group[] {
  const positions = groups.axes.find(({ id }) => id === group.axis)?.positions.map(({ id }) => id) ?? [];
  const at = positions.indexOf(group.position);
  const beside = [positions[at + 1], positions[at - 1]].filter((id) => id !== undefined);
  const sexes = groups.sex.map(({ id }) => id).filter((id) => id !== group.sex);
  return [
    ...beside.map((position) => ({ ...group, position })),
    ...sexes.map((sex) => ({ ...group, sex })),
  ];
}
