/** The hatch of areas without a figure: grey lines on white, unlike any class colour. Also drawn in the legend. */

/** The side of the tile in CSS pixels. */
const TILE_PX = 7;
export const HATCH_PAPER = '#fbfbf9';
export const HATCH_LINE = '#a9b2b5';

/** A tile that repeats seamlessly, for a screen with `density` device pixels to a CSS pixel. */
export function hatchTile(density: number): HTMLCanvasElement {
  const tile = document.createElement('canvas');
  const side = Math.round(TILE_PX * density);
  tile.width = side;
  tile.height = side;
  const pen = tile.getContext('2d');
  if (pen === null) return tile;
  pen.fillStyle = HATCH_PAPER;
  pen.fillRect(0, 0, side, side);
  pen.strokeStyle = HATCH_LINE;
  pen.lineWidth = 1.1 * density;
  pen.beginPath();
  // The diagonal, and its continuation in the two corners that it touches.
  for (const shift of [-side, 0, side]) {
    pen.moveTo(shift - side * 0.1, side * 1.1);
    pen.lineTo(shift + side * 1.1, -side * 0.1);
  }
  pen.stroke();
  return tile;
}
