/** Who climbs and who stays, in words and figures. */
import type { Figure, Language, Transitions } from '../api/types';
import type { Say, TextKey } from '../content/words';
import type { Corner } from '../state/climb';
import { verdictOn } from '../state/comparing';
import { withInterval } from './comparison';
import { figureText, numberText, type Precision, type Style } from './numbers';

export const shareStyle = (language: Language): Style => ({ kind: 'share', language, rank: '', minimum: null });

/** A matrix in steps below a per cent has a decimal. */
const precisionOf = ({ step }: Transitions): Precision => (step < 0.01 ? 'fine' : 'coarse');

/** One share of the matrix: `9%`. */
export const shareText = (matrix: Transitions, parents: number, children: number, language: Language): string =>
  numberText(matrix.shares[parents]?.[children] ?? null, shareStyle(language), precisionOf(matrix));

/** What a fifth of the ladder is called, from 0, the bottom. */
export const fifthText = (fifth: number, say: Say): string => say(`climb.fifth.${fifth + 1}` as TextKey);

/** The corners of the matrix in plain sentences. */
export function matrixStory(matrix: Transitions, language: Language, say: Say): string {
  const last = matrix.classes - 1;
  const share = (parents: number, children: number): string => shareText(matrix, parents, children, language);
  return say('climb.story', { up: share(0, last), stay: share(0, 0), top: share(last, last), down: share(last, 0) });
}

/** The whole matrix in words, row by row, for those who do not see the picture. */
export const matrixInWords = (matrix: Transitions, language: Language, say: Say): string =>
  matrix.shares
    .map((row, parents) => `${say('climb.row', { fifth: fifthText(parents, say) })}: ${row.map((_, children) => `${fifthText(children, say)} ${shareText(matrix, parents, children, language)}`).join(', ')}`)
    .join('. ');

/** What a corner is called: `van de laagste naar de hoogste 20%`. */
export const cornerText = ({ from, to }: Corner, say: Say): string => say(`climb.corner.${from}.${to}`);

/** One corner of a place beside that of the country; the verb follows the interval of their difference. */
export function cornerStory(corner: Corner, name: string, here: Figure, national: Figure | null, language: Language, say: Say): string {
  const style = shareStyle(language);
  const story = say(`climb.here.${corner.from}.${corner.to}`, { name, figure: withInterval(here, style, say) });
  if (national === null) return story;
  return `${story} ${say(`story.national.${verdictOn(here, national)}`, { name, national: figureText(national.est, style) })}`;
}
