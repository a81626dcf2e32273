import { expect, test } from 'vitest';
import { between, type Camera, confine, fitBox, type Frame, zoomAt } from './camera';

const frame: Frame = { width: 800, height: 600, padding: { left: 200, right: 0, top: 0, bottom: 0 } };
const box = { x0: 0, y0: 0, x1: 1000, y1: 1000 };
const onScreen = (camera: Camera, x: number, y: number): [number, number] => [
  x * camera.k + camera.x,
  y * camera.k + camera.y,
];

test('a fitted box is centred in what the padding leaves', () => {
  const camera = fitBox(box, frame);
  expect(camera.k).toBeCloseTo(0.6);
  expect(onScreen(camera, 500, 500)).toEqual([500, 300]);
});

test('a small box is not blown up beyond the limit', () => {
  const camera = fitBox({ x0: 1, y0: 1, x1: 2, y1: 2 }, frame, 10);
  expect(camera.k).toBe(10);
  expect(onScreen(camera, 1.5, 1.5)[0]).toBeCloseTo(500);
});

test('zooming leaves the point under the pointer in place, also at the limit', () => {
  const camera = fitBox(box, frame);
  const at = { x: 420, y: 133 };
  const spot: [number, number] = [(at.x - camera.x) / camera.k, (at.y - camera.y) / camera.k];
  for (const factor of [2, 1000, 0.001]) {
    const zoomed = zoomAt(camera, factor, at, [0.5, 20]);
    expect(zoomed.k).toBeGreaterThanOrEqual(0.5);
    expect(zoomed.k).toBeLessThanOrEqual(20);
    expect(onScreen(zoomed, ...spot)[0]).toBeCloseTo(at.x);
    expect(onScreen(zoomed, ...spot)[1]).toBeCloseTo(at.y);
  }
});

test('the map cannot be dragged out of sight', () => {
  const lost = confine({ k: 1, x: 1e6, y: -1e6 }, box, frame);
  expect(onScreen(lost, 0, 0)[0]).toBe(500);
  expect(onScreen(lost, 0, 1000)[1]).toBe(300);
});

test('a flight starts and ends where it should and never turns back', () => {
  const from: Camera = { k: 1, x: 0, y: 0 };
  const to: Camera = { k: 8, x: -3000, y: -2000 };
  expect(between(from, to, 0, frame)).toEqual({ k: 1, x: expect.closeTo(0), y: expect.closeTo(0) });
  expect(between(from, to, 1, frame)).toEqual(to);
  const middles = [0, 0.25, 0.5, 0.75, 1].map((t) => {
    const camera = between(from, to, t, frame);
    return (400 - camera.x) / camera.k;
  });
  expect(middles).toEqual([...middles].sort((a, b) => a - b));
});
