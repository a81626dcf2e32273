/** A map on four canvases: colours, borders, marks, names. No GPU needed; a recolour touches the first only. */
import { between, type Camera, CLOSEST, confine, fitBox, type Frame, zoomAt } from './camera';
import { DOTS, HATCHED } from './colours';
import { buildHitTest, type HitTest } from './hit';
import { dotsTile, hatchTile } from './hatch';
import { placeNames } from './names';
import { nearestTo } from './neighbour';
import type { Box, MapShape } from './shape';
import type { MapName, MapView, Paint, Painted, Point } from './view';

const FLIGHT_MS = 520;
/** An area that is flown to fills at most this part of the frame. */
const AREA_SHARE = 0.34;
/** With more areas than this in view, seams are too small to see and closing them takes too long. */
const CLOSED_SEAMS = 900;
/** How much of its colour an area keeps that is not looked at. */
const PALE = 0.16;
const INK = '#16242b';
const THIN = 'rgba(22, 36, 43, 0.34)';
const STRONG = 'rgba(22, 36, 43, 0.78)';
const NAME_FONT = '600 12.5px "Source Sans 3 Variable", "Segoe UI", "Helvetica Neue", Arial, sans-serif';

interface Surface {
  canvas: HTMLCanvasElement;
  pen: CanvasRenderingContext2D;
}

function surface(host: HTMLElement): Surface {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  host.append(canvas);
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('this browser cannot draw');
  return { canvas, pen };
}

function linesPath(lines: Float64Array[]): Path2D {
  const path = new Path2D();
  for (const line of lines) {
    path.moveTo(line[0] as number, line[1] as number);
    for (let i = 2; i + 1 < line.length; i += 2) path.lineTo(line[i] as number, line[i + 1] as number);
  }
  return path;
}

export class CanvasMap implements MapView {
  readonly #host: HTMLElement;
  readonly #fills: Surface;
  readonly #lines: Surface;
  readonly #marks: Surface;
  readonly #words: Surface;
  readonly #paddingOf: () => Frame['padding'];
  #shape: MapShape | null = null;
  #areas: Path2D[] = [];
  #thin: Path2D = new Path2D();
  #strong: Path2D | null = null;
  #hit: HitTest = () => null;
  #paint: Paint | null = null;
  #names: MapName[] = [];
  #widths = new Map<string, number>();
  #camera: Camera = { k: 1, x: 0, y: 0 };
  #home: Camera = { k: 1, x: 0, y: 0 };
  /** Where a flight ends; the camera itself when there is none. */
  #goal: Camera = { k: 1, x: 0, y: 0 };
  #frame: Frame = { width: 0, height: 0, padding: { left: 0, right: 0, top: 0, bottom: 0 } };
  #density = 1;
  #selected: number | null = null;
  #hovered: number | null = null;
  #tiles: { hatch: HTMLCanvasElement; dots: HTMLCanvasElement };
  #pending = 0;
  #flight = 0;
  #staleFills = false;

  /** `paddingOf` says how much of each side the fitted map stays clear of, whenever the size changes. */
  constructor(host: HTMLElement, paddingOf: () => Frame['padding']) {
    this.#host = host;
    this.#paddingOf = paddingOf;
    this.#fills = surface(host);
    this.#lines = surface(host);
    this.#marks = surface(host);
    this.#words = surface(host);
    this.#tiles = { hatch: hatchTile(1), dots: dotsTile(1) };
    this.resize();
  }

  get #surfaces(): Surface[] {
    return [this.#fills, this.#lines, this.#marks, this.#words];
  }

  get isHome(): boolean {
    return this.#goal.k <= this.#home.k * 1.001;
  }

  get closeness(): number {
    return this.#goal.k / this.#home.k;
  }

  setGeometry(shape: MapShape, keepCamera: boolean): void {
    this.#shape = shape;
    this.#areas = shape.rings.map((rings) => {
      const path = linesPath(rings);
      path.closePath();
      return path;
    });
    this.#thin = linesPath(shape.borders(() => true));
    this.#strong = null;
    this.#hit = buildHitTest(shape);
    this.#paint = null;
    this.#names = [];
    this.#selected = null;
    this.#hovered = null;
    this.#home = fitBox(shape.bounds, this.#frame);
    if (!keepCamera) this.#jump(this.#home);
  }

  setValues(paint: Paint): Painted {
    const isFirst = this.#paint === null;
    this.#paint = paint;
    this.#drawFills();
    let hatched = 0;
    for (const own of paint.classes) if (own === HATCHED) hatched += 1;
    // Borders and names wait for the first colours, and stay as they are after that.
    if (isFirst) this.#later(false);
    return { coloured: paint.classes.length - hatched, hatched };
  }

  setStrongBorders(lines: Float64Array[]): void {
    this.#strong = linesPath(lines);
    this.#later(false);
  }

  setNames(names: MapName[]): void {
    this.#names = names;
    this.#later(false);
  }

  select(area: number | null): void {
    this.#selected = area;
    this.#drawMarks();
  }

  hover(area: number | null): void {
    if (area === this.#hovered) return;
    this.#hovered = area;
    this.#drawMarks();
  }

  fit(area: number | null, animate: boolean): void {
    const box = area === null ? undefined : this.#shape?.boxes[area];
    if (box === undefined) return this.#travel(this.#home, animate);
    const room = Math.min(this.#frame.width, this.#frame.height) * AREA_SHARE;
    const k = room / Math.max(box.x1 - box.x0, box.y1 - box.y0);
    this.#travel(fitBox(box, this.#frame, Math.min(Math.max(k, this.#home.k), this.#home.k * CLOSEST)), animate);
  }

  reveal(area: number, animate: boolean): void {
    const { x, y } = this.pointOf(area);
    const { width, height, padding } = this.#frame;
    const margin = 48;
    const dx = Math.min(0, width - padding.right - margin - x) + Math.max(0, padding.left + margin - x);
    const dy = Math.min(0, height - padding.bottom - margin - y) + Math.max(0, padding.top + margin - y);
    if (dx !== 0 || dy !== 0) this.#travel({ k: this.#camera.k, x: this.#camera.x + dx, y: this.#camera.y + dy }, animate);
  }

  zoom(factor: number, at: Point | null, animate: boolean): void {
    const { width, height, padding } = this.#frame;
    const middle = { x: (padding.left + width - padding.right) / 2, y: (padding.top + height - padding.bottom) / 2 };
    const limits: [number, number] = [this.#home.k, this.#home.k * CLOSEST];
    // Zooming on while the camera is still on its way goes on from where it will be.
    const from = animate ? this.#goal : this.#camera;
    const ratio = from.k / this.#camera.k;
    const spot = at === null ? middle : { x: (at.x - this.#camera.x) * ratio + from.x, y: (at.y - this.#camera.y) * ratio + from.y };
    const next = zoomAt(from, factor, spot, limits);
    this.#travel(next.k <= limits[0] * 1.001 ? this.#home : this.#confined(next), animate);
  }

  pan(dx: number, dy: number): void {
    this.#stop();
    this.#jump(this.#confined({ k: this.#camera.k, x: this.#camera.x + dx, y: this.#camera.y + dy }));
  }

  areaAt({ x, y }: Point): number | null {
    return this.#hit((x - this.#camera.x) / this.#camera.k, (y - this.#camera.y) / this.#camera.k);
  }

  pointOf(area: number): Point {
    const { k, x, y } = this.#camera;
    const centres = this.#shape?.centres;
    return { x: (centres?.[area * 2] ?? 0) * k + x, y: (centres?.[area * 2 + 1] ?? 0) * k + y };
  }

  middleArea(): number | null {
    if (this.#shape === null) return null;
    const { width, height, padding } = this.#frame;
    const { k, x, y } = this.#camera;
    const cx = (padding.left + width - padding.right) / 2;
    const cy = (padding.top + height - padding.bottom) / 2;
    return nearestTo(this.#shape.centres, (cx - x) / k, (cy - y) / k);
  }

  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#host;
    const wasHome = this.isHome;
    this.#density = Math.min(3, window.devicePixelRatio || 1);
    this.#frame = { width, height, padding: this.#paddingOf() };
    for (const { canvas } of this.#surfaces) {
      canvas.width = Math.round(width * this.#density);
      canvas.height = Math.round(height * this.#density);
    }
    this.#tiles = { hatch: hatchTile(this.#density), dots: dotsTile(this.#density) };
    if (this.#shape === null) return;
    this.#home = fitBox(this.#shape.bounds, this.#frame);
    this.#jump(wasHome ? this.#home : this.#confined(this.#camera));
  }

  destroy(): void {
    this.#stop();
    cancelAnimationFrame(this.#pending);
    for (const { canvas } of this.#surfaces) canvas.remove();
  }

  #confined(camera: Camera): Camera {
    return this.#shape === null ? camera : confine(camera, this.#shape.bounds, this.#frame);
  }

  #jump(camera: Camera): void {
    this.#camera = camera;
    this.#goal = camera;
    this.#later(true);
  }

  #stop(): void {
    cancelAnimationFrame(this.#flight);
    this.#flight = 0;
  }

  #travel(to: Camera, animate: boolean): void {
    this.#stop();
    if (!animate) return this.#jump(to);
    this.#goal = to;
    const from = this.#camera;
    const start = performance.now();
    const step = (now: number): void => {
      const t = Math.min(1, Math.max(0, (now - start) / FLIGHT_MS));
      this.#camera = between(from, to, t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2, this.#frame);
      this.#drawAll();
      this.#flight = t < 1 ? requestAnimationFrame(step) : 0;
    };
    this.#flight = requestAnimationFrame(step);
  }

  /** Draws in the next frame; several wishes in one frame are one drawing. */
  #later(withFills: boolean): void {
    if (withFills) this.#staleFills = true;
    if (this.#pending !== 0) return;
    this.#pending = requestAnimationFrame(() => {
      this.#pending = 0;
      if (this.#staleFills) this.#drawFills();
      this.#drawLines();
      this.#drawMarks();
    });
  }

  #drawAll(): void {
    this.#drawFills();
    this.#drawLines();
    this.#drawMarks();
  }

  /** Clears a surface and sets its pen to map units. */
  #begin({ canvas, pen }: Surface): CanvasRenderingContext2D {
    const { k, x, y } = this.#camera;
    const d = this.#density;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(k * d, 0, 0, k * d, x * d, y * d);
    return pen;
  }

  #inView(): Box {
    const { k, x, y } = this.#camera;
    return { x0: -x / k, y0: -y / k, x1: (this.#frame.width - x) / k, y1: (this.#frame.height - y) / k };
  }

  #drawFills(): void {
    this.#staleFills = false;
    const pen = this.#begin(this.#fills);
    const paint = this.#paint;
    if (paint === null || this.#shape === null) return;
    const view = this.#inView();
    const { pale, fills } = paint;
    // Slot 0 is the hatch; what is pale comes in as many slots behind the others.
    const slots = fills.length + 1;
    const bySlot: number[][] = Array.from({ length: 2 * slots }, () => []);
    let count = 0;
    this.#shape.boxes.forEach((box, area) => {
      if (box.x1 < view.x0 || box.x0 > view.x1 || box.y1 < view.y0 || box.y0 > view.y1) return;
      const slot = (paint.classes[area] ?? HATCHED) + 1;
      bySlot[slot + (pale?.[area] === 1 ? slots : 0)]?.push(area);
      count += 1;
    });
    // Two smooth edges let the paper shine through between them: a hair of colour closes the seam, where that is cheap.
    const isClosing = count <= CLOSED_SEAMS;
    pen.lineWidth = 0.8 / this.#camera.k;
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
    const scale = 1 / (this.#camera.k * this.#density);
    pattern.setTransform({ a: scale, b: 0, c: 0, d: scale, e: 0, f: 0 });
    return pattern;
  }

  #drawLines(): void {
    const pen = this.#begin(this.#lines);
    if (this.#paint === null) return;
    const { k } = this.#camera;
    const closeness = Math.min(1, Math.log2(k / this.#home.k) / 4);
    pen.lineJoin = 'round';
    const many = this.#areas.length > 1000;
    pen.strokeStyle = THIN;
    pen.lineWidth = (many ? 0.35 + 0.6 * closeness : 0.6 + 0.4 * closeness) / k;
    pen.stroke(this.#thin);
    if (this.#strong !== null) {
      pen.strokeStyle = STRONG;
      pen.lineWidth = (many ? 0.5 + 1.3 * closeness : 0.9 + 0.8 * closeness) / k;
      pen.stroke(this.#strong);
    }
    this.#drawNames();
  }

  #drawNames(): void {
    const pen = this.#begin(this.#words);
    const d = this.#density;
    pen.setTransform(d, 0, 0, d, 0, 0);
    pen.font = NAME_FONT;
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.lineJoin = 'round';
    const measure = (text: string): number => {
      let width = this.#widths.get(text);
      if (width === undefined) {
        width = pen.measureText(text).width;
        this.#widths.set(text, width);
      }
      return width;
    };
    for (const { text, x, y } of placeNames(this.#names, this.#camera, this.#frame, measure)) {
      pen.strokeStyle = 'rgba(255, 255, 255, 0.88)';
      pen.lineWidth = 3.5;
      pen.strokeText(text, x, y);
      pen.fillStyle = INK;
      pen.fillText(text, x, y);
    }
  }

  #drawMarks(): void {
    const pen = this.#begin(this.#marks);
    pen.lineJoin = 'round';
    const outline = (area: number | null, casing: number, line: number): void => {
      const path = area === null ? undefined : this.#areas[area];
      if (path === undefined) return;
      pen.strokeStyle = '#ffffff';
      pen.lineWidth = casing / this.#camera.k;
      pen.stroke(path);
      pen.strokeStyle = INK;
      pen.lineWidth = line / this.#camera.k;
      pen.stroke(path);
    };
    if (this.#hovered !== this.#selected) outline(this.#hovered, 3, 1.6);
    outline(this.#selected, 6, 2.8);
  }
}
