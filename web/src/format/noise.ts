/**
 * Figures with noise: a random amount that protects people, drawn once and told with its standard deviation. Wherever such
 * a figure stands, the reader sees that it has noise and how much: what the noise stays below in 95 of 100 cases.
 */
import type { Figure, Layer, Manifest } from '../api/types';
import type { Say } from '../content/words';
import { asDifference, countText, figureText, type Style } from './numbers';

/** How far 95 of 100 draws from a normal distribution lie from zero at most, in standard deviations. */
const Z95 = 1.959964;
const SIGN = '±\u00a0';

/** Whether a figure carries noise. */
export const isNoisy = (figure: Pick<Figure, 'noise_sd'> | null | undefined): boolean => (figure?.noise_sd ?? 0) > 0;

/** What noise of this standard deviation stays below in 95 of 100 cases, in the unit of the outcome. */
export const noiseSize = (sd: number): number => Z95 * sd;

/** A size rounded up to what is written of it: two digits of an amount, one decimal of percentage points and places. */
function roundedUp(size: number, kind: Style['kind']): number {
  const step =
    kind === 'money' ? Math.max(1, 10 ** (Math.floor(Math.log10(size)) - 1)) : kind === 'count' ? 0.1 : 0.001;
  return Math.ceil(size / step - 1e-9) * step;
}

/** `± € 420`, `± 2,4 procentpunt`: how large the noise on a figure is; empty for an exact one. */
export function noiseText(figure: Pick<Figure, 'noise_sd'> | null, style: Style, say: Say): string {
  const sd = figure?.noise_sd ?? 0;
  if (!(sd > 0)) return '';
  // A size has no sign.
  const size = figureText(roundedUp(noiseSize(sd), style.kind), asDifference(style, say), 'fine').replace(/^\+\u2060?/, '');
  return SIGN + size;
}

/** A figure as it is written, with the word `ongeveer` in front of it where it carries noise. */
export const roughly = (text: string, figure: Pick<Figure, 'noise_sd'> | null, say: Say): string =>
  isNoisy(figure) ? say('noise.about', { figure: text }) : text;

/** `1.250 kinderen`, or about so many where the number carries noise. */
export const childrenText = (figure: Pick<Figure, 'n' | 'noise_sd'>, style: Pick<Style, 'language'>, say: Say): string =>
  say(isNoisy(figure) && figure.n !== null ? 'area.n.noise' : 'area.n', { count: countText(figure.n, style.language) });

/** How many figures of a layer carry noise, and what the noise of half of them stays below; null when none does. */
export function noiseOf(layer: Pick<Layer, 'noise_sd'>): { count: number; usual: number } | null {
  const sds = (layer.noise_sd ?? []).filter((sd) => sd > 0).sort((a, b) => a - b);
  return sds.length === 0 ? null : { count: sds.length, usual: sds[Math.floor((sds.length - 1) / 2)] as number };
}

/** The noise of a figure as a cell of a table: how it is written, and the size that it is sorted and saved by. */
export const noiseCell = (figure: Figure | null, style: Style, say: Say): { text: string; value: number | null } => ({
  text: noiseText(figure, style, say) || '–',
  value: figure === null ? null : noiseSize(figure.noise_sd ?? 0),
});

/** A layer's noise in one line: how many figures carry it, and how large it usually is; empty when none does. */
export function noiseSummary(layer: Pick<Layer, 'noise_sd' | 'est'>, style: Style, say: Say): string {
  const found = noiseOf(layer);
  if (found === null) return '';
  return say('noise.layer', {
    count: countText(found.count, style.language),
    all: countText(layer.est.length, style.language),
    size: noiseText({ noise_sd: found.usual }, style, say),
  });
}

/** The variance of the noise on numbers of children, as the profile of the release tells it; null where there is none. */
export function countVariance({ profile }: Pick<Manifest, 'profile'>): number | null {
  const noise = profile.parameters?.['noise'];
  const variance = typeof noise === 'object' && noise !== null && 'variance' in noise ? noise.variance : null;
  return typeof variance === 'number' ? variance : null;
}

/** Whether figures of this release can carry noise. */
export const canBeNoisy = (manifest: Pick<Manifest, 'profile'>): boolean => countVariance(manifest) !== null;
