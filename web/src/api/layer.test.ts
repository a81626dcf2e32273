import { expect, test } from 'vitest';
import { decodeLayer, figureAt, type LayerBody } from './layer';

const body: LayerBody = {
  outcome: 'c35_income',
  level: 'province',
  group: 'income=all;all;all;all',
  areas: ['PV20', 'PV21', 'PV22'],
  n: [507, 642, null],
  est: [31097, 30502, 100],
  margin: [1793, 1561, null],
  skew: [0, -1, 0],
  reliability: 'AAC',
  digits: 0,
};

test('limits follow from margin and skew', () => {
  const layer = decodeLayer(body);
  expect(layer.lwr).toEqual([29304, 28941, null]);
  expect(layer.upr).toEqual([32890, 32062, null]);
});

test('a skew is in steps of the last digit', () => {
  const layer = decodeLayer({ ...body, est: [0.4103, 0.3583, 0.5], margin: [0.043, 0.0372, 0.1], skew: [-1, 1, 0], digits: 4 });
  expect(layer.lwr[0]).toBeCloseTo(0.3673, 10);
  expect(layer.upr[0]).toBeCloseTo(0.4532, 10);
  expect(layer.upr[1]).toBeCloseTo(0.3956, 10);
});

test('limits that are sent as they are stay as they are', () => {
  const { margin: _margin, skew: _skew, ...rest } = body;
  const layer = decodeLayer({ ...rest, lwr: [1.123456789, 2, null], upr: [3, 4, null], digits: null });
  expect(layer.lwr).toEqual([1.123456789, 2, null]);
});

test('noise comes along, and is zero where a layer says nothing of it', () => {
  expect(figureAt(decodeLayer({ ...body, noise_sd: [12, 0, 3] }), 0).noise_sd).toBe(12);
  expect(figureAt(decodeLayer(body), 0).noise_sd).toBe(0);
});
