/** Group ids: `axis=position;sex;origin;household`, for example `income=low;women;any;single`. */
import type { GroupList } from '../api/types';

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
