/** What went wrong while fetching, in words that the page has. */
import { AnswerError } from '../api/client';
import { ShapeError } from '../map/shape';

/** What went wrong, as the key of a text, with what the server said about it. */
export interface Failure {
  text: 'failure.layer' | 'failure.geometry' | 'failure.unknown' | 'failure.start' | 'failure.empty';
  detail: string;
}

/** What to say of an error; `unreachable` when nobody answered at all. */
export function failureOf(error: unknown, unreachable: Failure['text']): Failure {
  if (error instanceof AnswerError && error.status !== null) return { text: 'failure.unknown', detail: error.message };
  if (error instanceof ShapeError) return { text: 'failure.unknown', detail: error.message };
  return { text: unreachable, detail: '' };
}
