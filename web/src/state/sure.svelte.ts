/** How sure the figures on the screen are: asked of the server a moment after the figures themselves. */
import type { Shown } from '../api/figures';
import type { Layer } from '../api/types';
import { getRanked, type Ranked } from './ranked';
import { during } from './shown.svelte';

/** Who clicks through groups does not wait for rankings in between. */
const AFTER_MS = 150;

export class SureFigures {
  #found = $state.raw<{ layer: Layer; byArea: ReadonlyMap<string, Ranked> | null } | null>(null);

  /** What is known of the areas of a layer; null while it is not known. */
  of(layer: Layer | null): ReadonlyMap<string, Ranked> | null {
    return this.#found?.layer === layer ? (this.#found?.byArea ?? null) : null;
  }

  /** The server did not answer about this layer. */
  isFailed(layer: Layer | null): boolean {
    return layer !== null && this.#found?.layer === layer && this.#found.byArea === null;
  }

  load(shown: Shown, layer: Layer): () => void {
    // A change is no figure to rank, and brings along what is certain of it.
    if (shown.since !== null || this.of(layer) !== null) return () => undefined;
    let leave = (): void => undefined;
    const timer = setTimeout(() => {
      leave = during(
        getRanked(shown, layer.level),
        (byArea) => (this.#found = { layer, byArea }),
        // Without an answer the page tells no places; everything else stands.
        () => (this.#found = { layer, byArea: null }),
      );
    }, AFTER_MS);
    return () => {
      clearTimeout(timer);
      leave();
    };
  }
}
