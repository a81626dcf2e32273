/** Ranks figures apart from the page: some hundreds of areas take a few tenths of a second. */
import { rank, type Ranking } from './ranks';

export interface RankQuestion {
  id: number;
  /** One or more sets of figures, each ranked by itself. */
  sets: { est: Float64Array; errors: Float64Array }[];
}
export interface RankAnswer {
  id: number;
  rankings: Ranking[];
}

self.addEventListener('message', ({ data }: MessageEvent<RankQuestion>) => {
  const answer: RankAnswer = { id: data.id, rankings: data.sets.map(({ est, errors }) => rank(est, errors)) };
  self.postMessage(answer);
});
