/** Pointers and wheel on the map: drag, pinch, wheel, tap and hover, told as what they mean. */
import type { Point } from './view';

export interface GestureHandlers {
  pan(dx: number, dy: number): void;
  zoom(factor: number, at: Point): void;
  tap(at: Point): void;
  hover(at: Point | null): void;
}

const TAP_SLACK_PX = 7;
const WHEEL_STEP = 0.0016;
const LINE_PX = 18;

/** Listens on an element until the returned function is called. */
export function listen(element: HTMLElement, handlers: GestureHandlers): () => void {
  const pointers = new Map<number, Point>();
  let moved = 0;
  let pinched = false;

  const local = (event: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const spread = (): { middle: Point; distance: number } | null => {
    const [a, b] = pointers.values();
    if (a === undefined || b === undefined) return null;
    return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, distance: Math.hypot(a.x - b.x, a.y - b.y) };
  };

  const down = (event: PointerEvent): void => {
    if (event.pointerType === 'mouse' && event.button !== 0) return;
    if (pointers.size === 0) {
      moved = 0;
      pinched = false;
    }
    pointers.set(event.pointerId, local(event));
    element.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    const at = local(event);
    const was = pointers.get(event.pointerId);
    if (was === undefined) {
      if (event.pointerType === 'mouse') handlers.hover(at);
      return;
    }
    const before = spread();
    pointers.set(event.pointerId, at);
    const after = spread();
    moved += Math.hypot(at.x - was.x, at.y - was.y);
    if (before !== null && after !== null) {
      pinched = true;
      handlers.pan(after.middle.x - before.middle.x, after.middle.y - before.middle.y);
      if (before.distance > 0) handlers.zoom(after.distance / before.distance, after.middle);
    } else if (moved > TAP_SLACK_PX) {
      handlers.hover(null);
      handlers.pan(at.x - was.x, at.y - was.y);
    }
  };
  const up = (event: PointerEvent): void => {
    if (!pointers.delete(event.pointerId)) return;
    if (event.type === 'pointerup' && pointers.size === 0 && !pinched && moved <= TAP_SLACK_PX) handlers.tap(local(event));
  };
  const leave = (): void => handlers.hover(null);
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * LINE_PX;
    handlers.zoom(Math.exp(-Math.max(-240, Math.min(240, pixels)) * WHEEL_STEP), local(event));
  };

  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('pointerleave', leave);
  element.addEventListener('wheel', wheel, { passive: false });
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', up);
    element.removeEventListener('pointerleave', leave);
    element.removeEventListener('wheel', wheel);
  };
}
