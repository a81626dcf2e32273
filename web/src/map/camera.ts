/** Where the map is looked at from: screen = map × k + (x, y), in CSS pixels. Pure functions. */
import type { Box } from './shape';

export interface Camera {
  k: number;
  x: number;
  y: number;
}

export interface Frame {
  width: number;
  height: number;
  /** Pixels at each side that other things cover: the fitted map stays clear of them. */
  padding: { left: number; right: number; top: number; bottom: number };
}

/** How much closer than the whole country one may come. */
export const CLOSEST = 48;

/** The camera that shows a box whole and centred inside the padding, not closer than `maxK`. */
export function fitBox(box: Box, { width, height, padding }: Frame, maxK = Infinity): Camera {
  const roomX = Math.max(40, width - padding.left - padding.right);
  const roomY = Math.max(40, height - padding.top - padding.bottom);
  const k = Math.min(roomX / Math.max(box.x1 - box.x0, 1e-6), roomY / Math.max(box.y1 - box.y0, 1e-6), maxK);
  return {
    k,
    x: padding.left + roomX / 2 - ((box.x0 + box.x1) / 2) * k,
    y: padding.top + roomY / 2 - ((box.y0 + box.y1) / 2) * k,
  };
}

/** Zooms by a factor around a point on the screen, which stays where it is. */
export function zoomAt(camera: Camera, factor: number, at: { x: number; y: number }, limits: [number, number]): Camera {
  const k = Math.min(limits[1], Math.max(limits[0], camera.k * factor));
  const ratio = k / camera.k;
  return { k, x: at.x - (at.x - camera.x) * ratio, y: at.y - (at.y - camera.y) * ratio };
}

/** Keeps the middle of the frame over the map, so that nobody gets lost in the sea. */
export function confine(camera: Camera, bounds: Box, { width, height, padding }: Frame): Camera {
  const cx = (padding.left + width - padding.right) / 2;
  const cy = (padding.top + height - padding.bottom) / 2;
  const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
  return {
    k: camera.k,
    x: clamp(camera.x, cx - bounds.x1 * camera.k, cx - bounds.x0 * camera.k),
    y: clamp(camera.y, cy - bounds.y1 * camera.k, cy - bounds.y0 * camera.k),
  };
}

/** A point on the way from one camera to another, `t` from 0 to 1; zooms evenly, looking at one spot after the other. */
export function between(from: Camera, to: Camera, t: number, { width, height }: Frame): Camera {
  if (t >= 1) return to;
  const k = from.k * (to.k / from.k) ** t;
  // The share of the way in map units that goes with an even zoom, so that the path is straight on the screen.
  const share = Math.abs(to.k - from.k) < 1e-9 * from.k ? t : (1 / k - 1 / from.k) / (1 / to.k - 1 / from.k);
  const middle = (camera: Camera): [number, number] => [
    (width / 2 - camera.x) / camera.k,
    (height / 2 - camera.y) / camera.k,
  ];
  const [ax, ay] = middle(from);
  const [bx, by] = middle(to);
  return { k, x: width / 2 - (ax + (bx - ax) * share) * k, y: height / 2 - (ay + (by - ay) * share) * k };
}
