/**
 * What every renderer of the map shares: the camera and its flights, what lies under the pointer, marks and names (both drawn
 * on canvases of their own). How areas and borders are drawn is up to `CanvasMap` and `GlMap`.
 */
import { between, type Camera, CLOSEST, confine, fitBox, type Frame, zoomAt } from './camera';
import { HATCHED } from './colours';
import { buildHitTest, type HitTest } from './hit';
import { placeNames } from './names';
import { nearestTo } from './neighbour';
import type { Box, MapShape } from './shape';
import type { MapName, MapView, Paint, Painted, Point } from './view';

const FLIGHT_MS = 520;
/** An area that is flown to fills at most this part of the frame. */
const AREA_SHARE = 0.34;
/** How much of its colour an area keeps that is not looked at. */
export const PALE = 0.16;
const INK = '#16242b';
export const THIN = 'rgba(22, 36, 43, 0.34)';
export const STRONG = 'rgba(22, 36, 43, 0.78)';
/** From this number of areas on, borders are finer. */
const MANY = 1000;

export interface Widths {
  thin: number;
  strong: number;
}

/** How wide borders are in CSS pixels: from 0, the whole country, to 1, sixteen times closer. */
export function bordersAt(closeness: number, areas: number): Widths {
  const isMany = areas > MANY;
  return {
    thin: isMany ? 0.35 + 0.6 * closeness : 0.6 + 0.4 * closeness,
    strong: isMany ? 0.5 + 1.3 * closeness : 0.9 + 0.8 * closeness,
  };
}

const NAME_FONT = '600 12.5px "Source Sans 3 Variable", "Segoe UI", "Helvetica Neue", Arial, sans-serif';

export interface Surface {
  canvas: HTMLCanvasElement;
  pen: CanvasRenderingContext2D;
}

export function surface(host: HTMLElement): Surface {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  host.append(canvas);
  const pen = canvas.getContext('2d');
  if (pen === null) throw new Error('this browser cannot draw');
  return { canvas, pen };
}

export function linesPath(lines: Float64Array[]): Path2D {
  const path = new Path2D();
  for (const line of lines) {
    path.moveTo(line[0] as number, line[1] as number);
    for (let i = 2; i + 1 < line.length; i += 2) path.lineTo(line[i] as number, line[i + 1] as number);
  }
  return path;
}

export abstract class FlatMap implements MapView {
  protected readonly host: HTMLElement;
  readonly #marks: Surface;
  readonly #words: Surface;
  readonly #paddingOf: () => Frame['padding'];
  protected shape: MapShape | null = null;
  #areas: Path2D[] = [];
  #hit: HitTest = () => null;
  protected paint: Paint | null = null;
  #names: MapName[] = [];
  #widths = new Map<string, number>();
  protected camera: Camera = { k: 1, x: 0, y: 0 };
  protected home: Camera = { k: 1, x: 0, y: 0 };
  /** Where a flight ends; the camera itself when there is none. */
  #goal: Camera = { k: 1, x: 0, y: 0 };
  protected frame: Frame = { width: 0, height: 0, padding: { left: 0, right: 0, top: 0, bottom: 0 } };
  protected density = 1;
  #selected: number | null = null;
  #hovered: number | null = null;
  #pending = 0;
  #flight = 0;
  #staleFills = false;

  /** `paddingOf` says how much of each side the fitted map stays clear of, whenever the size changes; `below` draws areas. */
  constructor(host: HTMLElement, paddingOf: () => Frame['padding'], below: () => void) {
    this.host = host;
    this.#paddingOf = paddingOf;
    below();
    this.#marks = surface(host);
    this.#words = surface(host);
  }

  /** Draws the areas in their colours, from the camera as it is. */
  protected abstract drawFills(): void;
  /** Draws the borders, likewise. */
  protected abstract drawBorders(): void;
  /** There are other areas. */
  protected abstract shapeChanged(shape: MapShape): void;
  /** The frame has another size. */
  protected abstract sized(): void;
  abstract setStrongBorders(lines: Float64Array[]): void;

  get #surfaces(): Surface[] {
    return [this.#marks, this.#words];
  }

  /** Settles once what was asked for is on the screen. */
  settled(): Promise<void> {
    return Promise.resolve();
  }

  /** Goes on from where another map looks. */
  continueFrom(other: FlatMap): void {
    this.home = other.home;
    this.#jump(other.camera);
  }

  /** The outlines of the areas, in map units. */
  protected get areaPaths(): Path2D[] {
    return this.#areas;
  }

  get isHome(): boolean {
    return this.#goal.k <= this.home.k * 1.001;
  }

  get closeness(): number {
    return this.#goal.k / this.home.k;
  }

  setGeometry(shape: MapShape, keepCamera: boolean): void {
    this.shape = shape;
    this.#areas = shape.rings.map((rings) => {
      const path = linesPath(rings);
      path.closePath();
      return path;
    });
    this.#hit = buildHitTest(shape);
    this.paint = null;
    this.#names = [];
    this.#selected = null;
    this.#hovered = null;
    this.home = fitBox(shape.bounds, this.frame);
    this.shapeChanged(shape);
    if (!keepCamera) this.#jump(this.home);
  }

  setValues(paint: Paint): Painted {
    const isFirst = this.paint === null;
    this.paint = paint;
    this.#redrawFills();
    let hatched = 0;
    for (const own of paint.classes) if (own === HATCHED) hatched += 1;
    // Borders and names wait for the first colours, and stay as they are after that.
    if (isFirst) this.later(false);
    return { coloured: paint.classes.length - hatched, hatched };
  }

  setNames(names: MapName[]): void {
    this.#names = names;
    this.later(false);
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
    const box = area === null ? undefined : this.shape?.boxes[area];
    if (box === undefined) return this.#travel(this.home, animate);
    const room = Math.min(this.frame.width, this.frame.height) * AREA_SHARE;
    const k = room / Math.max(box.x1 - box.x0, box.y1 - box.y0);
    this.#travel(fitBox(box, this.frame, Math.min(Math.max(k, this.home.k), this.home.k * CLOSEST)), animate);
  }

  reveal(area: number, animate: boolean): void {
    const { x, y } = this.pointOf(area);
    const { width, height, padding } = this.frame;
    const margin = 48;
    const dx = Math.min(0, width - padding.right - margin - x) + Math.max(0, padding.left + margin - x);
    const dy = Math.min(0, height - padding.bottom - margin - y) + Math.max(0, padding.top + margin - y);
    if (dx !== 0 || dy !== 0) this.#travel({ k: this.camera.k, x: this.camera.x + dx, y: this.camera.y + dy }, animate);
  }

  zoom(factor: number, at: Point | null, animate: boolean): void {
    const { width, height, padding } = this.frame;
    const middle = { x: (padding.left + width - padding.right) / 2, y: (padding.top + height - padding.bottom) / 2 };
    const limits: [number, number] = [this.home.k, this.home.k * CLOSEST];
    // Zooming on while the camera is still on its way goes on from where it will be.
    const from = animate ? this.#goal : this.camera;
    const ratio = from.k / this.camera.k;
    const spot = at === null ? middle : { x: (at.x - this.camera.x) * ratio + from.x, y: (at.y - this.camera.y) * ratio + from.y };
    const next = zoomAt(from, factor, spot, limits);
    this.#travel(next.k <= limits[0] * 1.001 ? this.home : this.#confined(next), animate);
  }

  pan(dx: number, dy: number): void {
    this.#stop();
    this.#jump(this.#confined({ k: this.camera.k, x: this.camera.x + dx, y: this.camera.y + dy }));
  }

  areaAt({ x, y }: Point): number | null {
    return this.#hit((x - this.camera.x) / this.camera.k, (y - this.camera.y) / this.camera.k);
  }

  pointOf(area: number): Point {
    const { k, x, y } = this.camera;
    const centres = this.shape?.centres;
    return { x: (centres?.[area * 2] ?? 0) * k + x, y: (centres?.[area * 2 + 1] ?? 0) * k + y };
  }

  middleArea(): number | null {
    if (this.shape === null) return null;
    const { width, height, padding } = this.frame;
    const { k, x, y } = this.camera;
    const cx = (padding.left + width - padding.right) / 2;
    const cy = (padding.top + height - padding.bottom) / 2;
    return nearestTo(this.shape.centres, (cx - x) / k, (cy - y) / k);
  }

  resize(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    const wasHome = this.isHome;
    this.density = Math.min(3, window.devicePixelRatio || 1);
    this.frame = { width, height, padding: this.#paddingOf() };
    for (const own of this.#surfaces) this.fill(own);
    this.sized();
    if (this.shape === null) return;
    this.home = fitBox(this.shape.bounds, this.frame);
    this.#jump(wasHome ? this.home : this.#confined(this.camera));
  }

  destroy(): void {
    this.#stop();
    cancelAnimationFrame(this.#pending);
    for (const { canvas } of this.#surfaces) canvas.remove();
  }

  #confined(camera: Camera): Camera {
    return this.shape === null ? camera : confine(camera, this.shape.bounds, this.frame);
  }

  #jump(camera: Camera): void {
    this.camera = camera;
    this.#goal = camera;
    this.later(true);
  }

  #stop(): void {
    cancelAnimationFrame(this.#flight);
    this.#flight = 0;
  }

  #travel(to: Camera, animate: boolean): void {
    this.#stop();
    if (!animate) return this.#jump(to);
    this.#goal = to;
    const from = this.camera;
    const start = performance.now();
    const step = (now: number): void => {
      const t = Math.min(1, Math.max(0, (now - start) / FLIGHT_MS));
      this.camera = between(from, to, t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2, this.frame);
      this.#drawAll();
      this.#flight = t < 1 ? requestAnimationFrame(step) : 0;
    };
    this.#flight = requestAnimationFrame(step);
  }

  /** Draws in the next frame; several wishes in one frame are one drawing. */
  protected later(withFills: boolean): void {
    if (withFills) this.#staleFills = true;
    if (this.#pending !== 0) return;
    this.#pending = requestAnimationFrame(() => {
      this.#pending = 0;
      if (this.#staleFills) this.#redrawFills();
      this.#drawLines();
      this.#drawMarks();
    });
  }

  #redrawFills(): void {
    this.#staleFills = false;
    this.drawFills();
  }

  #drawAll(): void {
    this.#redrawFills();
    this.#drawLines();
    this.#drawMarks();
  }

  /** Makes a canvas as large as the frame. */
  protected fill({ canvas }: Surface): void {
    canvas.width = Math.round(this.frame.width * this.density);
    canvas.height = Math.round(this.frame.height * this.density);
  }

  /** Clears a surface and sets its pen to map units. */
  protected begin({ canvas, pen }: Surface): CanvasRenderingContext2D {
    const { k, x, y } = this.camera;
    const d = this.density;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(k * d, 0, 0, k * d, x * d, y * d);
    return pen;
  }

  /** What the frame shows, in map units. */
  protected inView(): Box {
    const { k, x, y } = this.camera;
    return { x0: -x / k, y0: -y / k, x1: (this.frame.width - x) / k, y1: (this.frame.height - y) / k };
  }

  #drawLines(): void {
    this.drawBorders();
    if (this.paint === null) return;
    this.#drawNames();
  }

  #drawNames(): void {
    const pen = this.begin(this.#words);
    const d = this.density;
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
    for (const { text, x, y } of placeNames(this.#names, this.camera, this.frame, measure)) {
      pen.strokeStyle = 'rgba(255, 255, 255, 0.88)';
      pen.lineWidth = 3.5;
      pen.strokeText(text, x, y);
      pen.fillStyle = INK;
      pen.fillText(text, x, y);
    }
  }

  #drawMarks(): void {
    const pen = this.begin(this.#marks);
    pen.lineJoin = 'round';
    const outline = (area: number | null, casing: number, line: number): void => {
      const path = area === null ? undefined : this.#areas[area];
      if (path === undefined) return;
      pen.strokeStyle = '#ffffff';
      pen.lineWidth = casing / this.camera.k;
      pen.stroke(path);
      pen.strokeStyle = INK;
      pen.lineWidth = line / this.camera.k;
      pen.stroke(path);
    };
    if (this.#hovered !== this.#selected) outline(this.#hovered, 3, 1.6);
    outline(this.#selected, 6, 2.8);
  }
}
