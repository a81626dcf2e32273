/** Reliability and neighbours in words: where one word ends and the next begins. */
import type { ClusterKind, Language, Neighbours } from '../api/types';

/** From this share on, most of the differences between areas are real; below the lower one, most are chance. */
const MOST = 0.7;
const HALF = 0.4;

/** What a reader may do with differences of which this share is real. */
export const realness = (share: number): 'most' | 'half' | 'little' => (share >= MOST ? 'most' : share >= HALF ? 'half' : 'little');

const CERTAIN = 0.05;
/** Moran's I from which neighbours are called much alike. */
const STRONG = 0.3;

/** Whether neighbours are alike, as far as chance lets one say. */
export const nearness = (moran: number, p: number | null): 'strong' | 'some' | 'none' =>
  p === null || p > CERTAIN || moran <= 0 ? 'none' : moran >= STRONG ? 'strong' : 'some';

export interface Cluster {
  area: string;
  name: string;
  kind: ClusterKind;
}

const ORDER: readonly ClusterKind[] = ['high_high', 'low_low', 'high_low', 'low_high'];

/** The areas that stand out among their neighbours: by pattern, then by name. */
export function clustersOf({ areas, kind }: Pick<Neighbours, 'areas' | 'kind'>, nameOf: (area: string) => string, language: Language): Cluster[] {
  const collator = new Intl.Collator(language, { numeric: true, ignorePunctuation: true });
  return areas
    .flatMap((area, i): Cluster[] => {
      const own = kind[i] ?? null;
      return own === null ? [] : [{ area, name: nameOf(area), kind: own }];
    })
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || collator.compare(a.name, b.name));
}
