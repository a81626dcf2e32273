/** Which areas suit which distance: the nearer one looks, the smaller the areas. */

/** How many times closer than the whole country a level comes, from far to near. */
const FROM: readonly (readonly [level: string, closeness: number])[] = [
  ['municipality', 1],
  ['wijk', 3.4],
];

/** The levels that follow the distance. */
export const FOLLOWED: readonly string[] = FROM.map(([level]) => level);

/** The level that suits a distance, among those that the release has; null when it has none of them. */
export function levelAt(levels: readonly string[], closeness: number): string | null {
  const known = FROM.filter(([level]) => levels.includes(level));
  return known.findLast(([, from]) => closeness >= from)?.[0] ?? known[0]?.[0] ?? null;
}

/** The level to go to when the distance changes from one to another; null when both suit the same level. */
export function followed(levels: readonly string[], before: number, after: number): string | null {
  const next = levelAt(levels, after);
  return next === levelAt(levels, before) ? null : next;
}
