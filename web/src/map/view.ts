/** What the page asks of a map, whatever draws it. */
import type { MapShape } from './shape';

/** The colours of one layer: the slot of a fill per area of the shape (`HATCHED` where there is no figure). */
export interface Paint {
  classes: Int8Array;
  /** Colours, or `DOTS`. */
  fills: readonly string[];
  /** One per area: those with a 1 are pale, because they are not looked at. Null when all are. */
  pale: Uint8Array | null;
}

export interface Painted {
  coloured: number;
  hatched: number;
}

/** A name that may be written on the map, in map units. */
export interface MapName {
  text: string;
  x: number;
  y: number;
  /** The width of what is named. */
  room: number;
  /** Written even where it is wider than what it names. */
  prominent: boolean;
  /** Left out once what it names is wider than this on the screen: by then its parts have names. */
  untilPx: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface MapView {
  /** Replaces the areas; the camera goes back to the whole country unless `keepCamera`. */
  setGeometry(shape: MapShape, keepCamera: boolean): void;
  /** Colours the areas at once and says what was painted. */
  setValues(paint: Paint): Painted;
  /** Draws the borders between areas of different parents stronger. */
  setStrongBorders(lines: Float64Array[]): void;
  /** Names to write, most important first. */
  setNames(names: MapName[]): void;
  select(area: number | null): void;
  hover(area: number | null): void;
  /** Moves the camera: to an area, or to the whole country. */
  fit(area: number | null, animate: boolean): void;
  /** Brings an area into view with as little movement as possible. */
  reveal(area: number, animate: boolean): void;
  zoom(factor: number, at: Point | null, animate: boolean): void;
  pan(dx: number, dy: number): void;
  /** The area under a point of the map's element, in CSS pixels. */
  areaAt(point: Point): number | null;
  /** Where the centre of an area is on the map's element, in CSS pixels. */
  pointOf(area: number): Point;
  /** The area nearest to the middle of what is in view. */
  middleArea(): number | null;
  /** Whether the camera is at the whole country, or on its way there. */
  readonly isHome: boolean;
  /** How many times closer than the whole country the camera is, or is on its way to be. */
  readonly closeness: number;
  resize(): void;
  destroy(): void;
}
