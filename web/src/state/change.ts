/** The same measure of an earlier and a later cohort: which outcomes have one, and the layer that their change makes. */
import type { AreaPage, Changes, Layer, Outcome, Reliability } from '../api/types';
import { reliabilityOf } from './gap';

/** An outcome and the same measure of an earlier cohort. */
export interface Pair {
  later: Outcome;
  earlier: Outcome;
}

/** All pairs that an outcome is one of, as the release declares them: those in which it is the later one first. */
export function pairsOf(outcome: Pick<Outcome, 'id'>, outcomes: readonly Outcome[]): Pair[] {
  const pairs = outcomes.flatMap((later) =>
    (later.earlier ?? []).flatMap((id) => {
      const earlier = outcomes.find((one) => one.id === id);
      return earlier !== undefined && (later.id === outcome.id || earlier.id === outcome.id) ? [{ later, earlier }] : [];
    }),
  );
  return pairs.sort((a, b) => Number(b.later.id === outcome.id) - Number(a.later.id === outcome.id));
}

/** What an outcome is compared with when another one was compared with `since`: the same earlier cohort; null where it has none. */
export function sinceFor(outcome: string | null, since: string | null, outcomes: readonly Outcome[]): string | null {
  if (since === null) return null;
  const cohortOf = (own: string): string | undefined => outcomes.find(({ id }) => id === own)?.cohort;
  const earlier = outcomes.find(({ id }) => id === outcome)?.earlier ?? [];
  return earlier.find((id) => cohortOf(id) === cohortOf(since)) ?? null;
}

/** The change of every area as a layer of differences. */
export function changeLayer(changes: Changes, key: string, spread: number | null): Layer {
  const { outcome, level, areas, n, change, lwr, upr, noise_sd, differs, breaks, est_earlier: earlier } = changes;
  const letters = areas.map((_, row) => reliabilityOf(((upr[row] ?? NaN) - (lwr[row] ?? NaN)) / 2, spread));
  return { outcome, level, group: key, areas, n, est: change, lwr, upr, reliability: letters.join(''), noise_sd, differs, earlier, between: breaks };
}

/** An area with nothing but its change; without one where a figure of one of both cohorts is hidden. */
export function changePage(page: AreaPage, layer: Layer): AreaPage {
  const row = layer.areas.indexOf(page.area);
  if (row < 0) return { ...page, group: layer.group, figures: [] };
  const noise = layer.noise_sd?.[row] ?? 0;
  const figure = {
    outcome: layer.outcome,
    n: layer.n[row] ?? null,
    est: layer.est[row] as number,
    lwr: layer.lwr[row] ?? null,
    upr: layer.upr[row] ?? null,
    noise_sd: noise,
    reliability: layer.reliability.charAt(row) as Reliability,
    protection: noise > 0 ? 'noise' : 'exact',
  };
  return { ...page, group: layer.group, figures: [figure] };
}
