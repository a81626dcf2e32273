import { expect, test } from 'vitest';
import type { Figure } from '../api/types';
import { figureKey } from './comparing';
import { changeOf, curveGap, curveGaps, endsOf, gapAt, stationsOf } from './curve';
import { type Gap, parseGap } from './gap';
import { type Group, parseGroup } from './group';
import { catalogue } from './resolve.fixture';

const { groups } = catalogue;
const group = parseGroup('income=low;all;turkey;single') as Group;
const women: Gap = { dimension: 'sex', plus: 'women', minus: 'men' };
const figure = (est: number, half = 1): Figure => ({ n: 100, est, lwr: est - half, upr: est + half });

test('both groups at every position, everything else as it was chosen', () => {
  const stations = stationsOf(women, group, groups);
  expect(stations.map(({ choice, plus, minus }) => [choice.id, plus, minus])).toEqual([
    ['low', 'income=low;women;turkey;single', 'income=low;men;turkey;single'],
    ['mid', 'income=mid;women;turkey;single', 'income=mid;men;turkey;single'],
  ]);
});

test('the gap that is followed is the chosen one, or that of the page, or the first that there is; never one between parents', () => {
  const origin = parseGap('origin:all:turkey');
  const parents = parseGap('position:mid:low');
  expect(curveGap({ between: origin, gap: women, group }, groups)).toBe(origin);
  expect(curveGap({ between: null, gap: women, group }, groups)).toBe(women);
  expect(curveGap({ between: null, gap: parents, group }, groups)).toEqual(women);
  expect(curveGap({ between: null, gap: null, group }, { ...groups, sex: [] })).toBeNull();
  expect(curveGaps('income', groups)).toEqual([women]);
});

test('a gap has the interval of both figures, and none where one of them is hidden', () => {
  const [low, mid] = stationsOf(women, group, groups);
  if (low === undefined || mid === undefined) throw new Error('two positions');
  const figures = new Map([
    [figureKey('GM1', low.plus), figure(10, 3)],
    [figureKey('GM1', low.minus), figure(12, 4)],
    [figureKey('GM1', mid.plus), figure(10, 3)],
  ]);
  expect(gapAt('GM1', low, figures)).toMatchObject({ est: -2, lwr: -7, upr: 3 });
  expect(gapAt('GM1', mid, figures)).toBeNull();
});

test('low and high parents are those of the usual gap', () => {
  const stations = stationsOf(women, group, groups);
  expect(endsOf(stations, 'income', groups)).toBeNull();
  const [axis] = groups.axes;
  if (axis === undefined) throw new Error('an axis');
  const high = { ...groups, axes: [{ ...axis, positions: [...axis.positions, { id: 'high', label: { nl: '', en: '' }, phrase: { nl: '', en: '' }, range: null }] }] };
  expect(endsOf(stationsOf(women, group, high), 'income', high)?.map(({ choice }) => choice.id)).toEqual(['low', 'high']);
});

test('whether a gap is wider at high parents follows the interval of the change', () => {
  expect(changeOf(figure(2), figure(6))).toBe('wider');
  expect(changeOf(figure(-2), figure(-6))).toBe('wider');
  expect(changeOf(figure(6), figure(2))).toBe('narrower');
  expect(changeOf(figure(3), figure(-3))).toBe('other');
  // Two half widths of 1 make one of 1.41.
  expect(changeOf(figure(2), figure(3.4))).toBe('unclear');
  expect(changeOf(figure(2), figure(3.5))).toBe('wider');
  expect(changeOf({ ...figure(2), lwr: null }, figure(9))).toBe('unclear');
});
