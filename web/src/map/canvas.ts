/** A map on canvases: no GPU needed, and a recolour touches the first of them only. */
import type { Frame } from './camera';
import { DOTS, HATCHED } from './colours';
import { bordersAt, FlatMap, linesPath, PALE, STRONG, type Surface, surface, THIN } from './flat';
import { dotsTile, hatchTile } from './hatch';
import type { MapShape } from './shape';

/** With more areas than this in view, seams are too small to see and closing them takes too long. */
const CLOSED_SEAMS = 900;

export class CanvasMap extends FlatMap {
  readonly #fills: Surface;
  readonly #lines: Surface;
  #areas: Path2D[] = [];
  #thin: Path2D = new Path2D();
  #strong: Path2D | null = null;
  #tiles = { hatch: hatchTile(1), dots: dotsTile(1) };

  constructor(host: HTMLElement, paddingOf: () => Frame['padding']) {
    const below: Surface[] = [];
    super(host, paddingOf, () => below.push(surface(host), surface(host)));
    [this.#fills, this.#lines] = below as [Surface, Surface];
    this.resize();
  }

  override destroy(): void {
    super.destroy();
    for (const { canvas } of [this.#fills, this.#lines]) canvas.remove();
  }

  setStrongBorders(lines: Float64Array[]): void {
    this.#strong = linesPath(lines);
    this.later(false);
  }

  protected shapeChanged(shape: MapShape): void {
    this.#areas = this.areaPaths;
    this.#thin = linesPath(shape.borders(() => true));
    this.#strong = null;
  }

  protected sized(): void {
    this.fill(this.#fills);
    this.fill(this.#lines);
    this.#tiles = { hatch: hatchTile(this.density), dots: dotsTile(this.density) };
  }

  protected drawFills(): void {
    const pen = this.begin(this.#fills);
    const paint = this.paint;
    if (paint === null || this.shape === null) return;
    const view = this.inView();
    const { pale, fills } = paint;
    // Slot 0 is the hatch; what is pale comes in as many slots behind the others.
    const slots = fills.length + 1;
    const bySlot: number[][] = Array.from({ length: 2 * slots }, () => []);
    let count = 0;
    this.shape.boxes.forEach((box, area) => {
      if (box.x1 < view.x0 || box.x0 > view.x1 || box.y1 < view.y0 || box.y0 > view.y1) return;
      const slot = (paint.classes[area] ?? HATCHED) + 1;
      bySlot[slot + (pale?.[area] === 1 ? slots : 0)]?.push(area);
      count += 1;
    });
    // Two smooth edges let the paper shine through between them: a hair of colour closes the seam, where that is cheap.
    const isClosing = count <= CLOSED_SEAMS;
    pen.lineWidth = 0.8 / this.camera.k;
    bySlot.forEach((areas, at) => {
      const slot = at % slots;
      const fill = fills[slot - 1];
      const isPattern = fill === undefined || fill === DOTS;
      pen.globalAlpha = at < slots ? 1 : PALE;
      pen.fillStyle = isPattern ? this.#pattern(pen, slot === 0 ? this.#tiles.hatch : this.#tiles.dots) : fill;
      pen.strokeStyle = pen.fillStyle;
      for (const area of areas) {
        const path = this.#areas[area] as Path2D;
        pen.fill(path, 'evenodd');
        if (isClosing && !isPattern && at < slots) pen.stroke(path);
      }
    });
    pen.globalAlpha = 1;
  }

  /** A pattern of the same size on the screen at every zoom. */
  #pattern(pen: CanvasRenderingContext2D, tile: HTMLCanvasElement): CanvasPattern | string {
    const pattern = pen.createPattern(tile, 'repeat');
    if (pattern === null) return '#ffffff';
    const scale = 1 / (this.camera.k * this.density);
    pattern.setTransform({ a: scale, b: 0, c: 0, d: scale, e: 0, f: 0 });
    return pattern;
  }

  protected drawBorders(): void {
    const pen = this.begin(this.#lines);
    if (this.paint === null) return;
    const { k } = this.camera;
    const { thin, strong } = bordersAt(Math.min(1, Math.log2(k / this.home.k) / 4), this.#areas.length);
    pen.lineJoin = 'round';
    pen.strokeStyle = THIN;
    pen.lineWidth = thin / k;
    pen.stroke(this.#thin);
    if (this.#strong === null) return;
    pen.strokeStyle = STRONG;
    pen.lineWidth = strong / k;
    pen.stroke(this.#strong);
  }
}
