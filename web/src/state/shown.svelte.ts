/**
 * The layers that are on the screen, and what their colours are compared with. Loads what the view asks for, keeps what is
 * there until the next has come, and says when something could not be fetched.
 */
import { AnswerError, getLayer } from '../api/client';
import { getAreaEstimate, getShownLayer, keyOf, type Shown } from '../api/figures';
import type { Layer } from '../api/types';
import { isPerArea, type National, peerMeans, placeOf } from '../map/reference';
import type { Reference } from './address';
import type { AreaNames } from './areas';
import type { Range } from './range';

/** The area id of the whole country. */
export const COUNTRY = 'NL';

/** What an area's figures are compared with: looked up by area, or one for all. */
export interface Compared {
  /** Outcome, group and reference that it was fetched for. */
  key: string;
  /** Of regions: their figures by id. Of peers: the figures of the layer's own areas. */
  byArea: ReadonlyMap<string, number> | null;
  est: number | null;
  isFailed: boolean;
}

export const comparedKey = (outcome: string, shown: string, reference: Reference): string => `${outcome}/${shown}/${reference}`;

/** Settles a promise unless its owner has moved on; the returned function says so. */
export function during<Answer>(
  asked: Promise<Answer>,
  arrived: (answer: Answer) => void,
  failed: (error: unknown) => void,
): () => void {
  let isStale = false;
  asked.then(
    (answer) => {
      if (!isStale) arrived(answer);
    },
    (error: unknown) => {
      if (!isStale) failed(error);
    },
  );
  return () => {
    isStale = true;
  };
}

export class ShownFigures {
  layer = $state.raw<Layer | null>(null);
  /** The whole country's figure of what is shown, once it is settled. */
  national = $state.raw<National | null>(null);
  compared = $state.raw<Compared | null>(null);
  /** The layer that the range is about, at the level that is shown. */
  ranged = $state.raw<Layer | null>(null);
  failure = $state.raw<unknown>(null);

  loadLayer(shown: Shown, level: string, settled: () => void): () => void {
    return during(
      getShownLayer(shown, level),
      (layer) => {
        this.layer = layer;
        this.failure = null;
        settled();
      },
      (error) => {
        this.failure = error ?? new AnswerError('', null);
        settled();
      },
    );
  }

  loadNational(shown: Shown, hasCountry: boolean): () => void {
    const { outcome } = shown;
    const key = keyOf(shown);
    const settle = (est: number | null, isFailed: boolean): void => {
      this.national = { outcome: outcome.id, group: key, est, isFailed };
    };
    if (!hasCountry) {
      settle(null, false);
      return () => undefined;
    }
    return during(
      getShownLayer(shown, COUNTRY.toLowerCase()),
      (layer) => settle(layer.est[0] ?? null, false),
      () => settle(null, true),
    );
  }

  /** Fetches what the colours are compared with, where that is a region or a place. */
  loadCompared(shown: Shown, reference: Reference): () => void {
    const key = comparedKey(shown.outcome.id, keyOf(shown), reference);
    const settle = (byArea: Compared['byArea'], est: number | null, isFailed: boolean): void => {
      this.compared = { key, byArea, est, isFailed };
    };
    const fail = (): void => settle(null, null, true);
    const place = placeOf(reference);
    if (place !== null) return during(getAreaEstimate(shown, place), (est) => settle(null, est, false), fail);
    if (!isPerArea(reference)) return () => undefined;
    const byArea = ({ areas, est }: Layer): Map<string, number> => new Map(areas.map((area, row) => [area, est[row] as number]));
    const level = reference === 'similar' ? 'municipality' : reference;
    return during(getShownLayer(shown, level), (layer) => settle(byArea(layer), null, false), fail);
  }

  /** The figures that a range filters by: of its own outcome and group, at the level that is shown. */
  loadRange(range: Range | null, level: string): () => void {
    if (range === null) {
      this.ranged = null;
      return () => undefined;
    }
    return during(
      getLayer(range.outcome, level, range.group),
      (layer) => (this.ranged = layer),
      (error) => {
        this.ranged = null;
        this.failure = error ?? new AnswerError('', null);
      },
    );
  }
}

/** For each area the figure that it is compared with: that of its region, or the mean of its peers. */
export function comparator(
  reference: Reference,
  byArea: ReadonlyMap<string, number>,
  names: AreaNames,
): (area: string) => number | null {
  if (reference === 'similar') {
    const means = peerMeans([...byArea.keys()], [...byArea.values()], (area) => names.get(area)?.population ?? null);
    return (area) => means.get(area) ?? null;
  }
  return (area) => {
    const region = names.ancestor(area, reference);
    return region === null ? null : (byArea.get(region) ?? null);
  };
}
