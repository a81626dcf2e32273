/**
 * Two patterns that are unlike any class colour and unlike each other: grey lines on white for areas without a figure,
 * dark dots on sand for figures that are too uncertain to compare. The legend draws them from the same measures.
 */

/** The side of a tile in CSS pixels. */
const TILE_PX = 7;
export const HATCH_PAPER = '#fbfbf9';
export const HATCH_LINE = '#a9b2b5';
export const DOTS_PAPER = '#e6e1d6';
export const DOTS_INK = '#6d6a61';
const DOT_RADIUS_PX = 0.9;

function tile(density: number, paper: string, draw: (pen: CanvasRenderingContext2D, side: number) => void): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const side = Math.round(TILE_PX * density);
  canvas.width = side;
  canvas.height = side;
  const pen = canvas.getContext('2d');
  if (pen === null) return canvas;
  pen.fillStyle = paper;
  pen.fillRect(0, 0, side, side);
  draw(pen, side);
  return canvas;
}

/** The hatch as a tile that repeats seamlessly, for a screen with `density` device pixels to a CSS pixel. */
export const hatchTile = (density: number): HTMLCanvasElement =>
  tile(density, HATCH_PAPER, (pen, side) => {
    pen.strokeStyle = HATCH_LINE;
    pen.lineWidth = 1.1 * density;
    pen.beginPath();
    // The diagonal, and its continuation in the two corners that it touches.
    for (const shift of [-side, 0, side]) {
      pen.moveTo(shift - side * 0.1, side * 1.1);
      pen.lineTo(shift + side * 1.1, -side * 0.1);
    }
    pen.stroke();
  });

/** The dots, likewise. */
export const dotsTile = (density: number): HTMLCanvasElement =>
  tile(density, DOTS_PAPER, (pen, side) => {
    pen.fillStyle = DOTS_INK;
    for (const part of [0.25, 0.75]) {
      pen.beginPath();
      pen.arc(side * part, side * part, DOT_RADIUS_PX * density, 0, 2 * Math.PI);
      pen.fill();
    }
  });
