/** Small maps in a picture: one for each group, each with its name and what is said of it, in the same colours. */
import type { MapShape } from '../map/shape';
import type { Paint } from '../map/view';
import { type Block, MARGIN, mapBlock, paragraph, PICTURE_WIDTH } from './svg';

export interface SmallMap {
  name: string;
  paint: Paint;
  /** What stands below it. */
  notes: readonly string[];
}

const COLUMNS = 3;
const GAP = 18;
const HEIGHT = 290;
const WIDTH = (PICTURE_WIDTH - 2 * MARGIN - GAP * (COLUMNS - 1)) / COLUMNS;

/** The maps in rows of three, from `top` down. */
export function smallMapsBlock(shape: MapShape, maps: readonly SmallMap[], selected: number | null, top: number): Block {
  const parts: string[] = [];
  let at = top;
  for (let first = 0; first < maps.length; first += COLUMNS) {
    let tallest = 0;
    maps.slice(first, first + COLUMNS).forEach(({ name, paint, notes }, column) => {
      const left = MARGIN + column * (WIDTH + GAP);
      const heading = paragraph(name, at, 15, { weight: 650, width: WIDTH, left });
      const map = mapBlock(shape, paint, selected, at + heading.height + 4, HEIGHT, { left, width: WIDTH });
      let height = heading.height + map.height + 10;
      parts.push(heading.text, map.text);
      for (const note of notes) {
        const said = paragraph(note, at + height, 12, { width: WIDTH, left });
        parts.push(said.text);
        height += said.height;
      }
      tallest = Math.max(tallest, height);
    });
    at += tallest + GAP;
  }
  return { text: parts.join(''), height: at - top };
}
