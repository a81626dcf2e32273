/** The words of a cohort: what its axes and positions are called, and which variant of the texts is about its people. */
import type { Cohort, GroupList } from '../api/types';
import type { Variant } from '../content/words';

/** The variant of the texts for a cohort: people followed by their own position have words of their own. */
export const variantOf = (cohort: Pick<Cohort, 'population'> | undefined): Variant => (cohort?.population === 'residents' ? 'own' : null);

/** The groups in the words of a cohort; ids and bands stay. */
export function groupsIn(groups: GroupList, cohort: Pick<Cohort, 'axes'> | undefined): GroupList {
  const own = cohort?.axes ?? {};
  if (Object.keys(own).length === 0) return groups;
  return {
    ...groups,
    axes: groups.axes.map((axis) => {
      const words = own[axis.id];
      if (words === undefined) return axis;
      return { ...axis, label: words.label, positions: axis.positions.map((position) => ({ ...position, ...words.positions[position.id] })) };
    }),
  };
}
