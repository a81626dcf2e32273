import { expect, test } from 'vitest';
import type { Outcome } from '../api/types';
import { speaker } from '../content/words';
import type { Corner } from '../state/climb';
import { cornerStory, matrixInWords, matrixStory, shareText } from './climb';

const say = speaker('nl');
const matrix = {
  classes: 5,
  step: 0.01,
  shares: [
    [0.28, 0.23, 0.2, 0.17, 0.11],
    [0.23, 0.22, 0.2, 0.19, 0.16],
    [0.19, 0.2, 0.21, 0.2, 0.2],
    [0.16, 0.18, 0.2, 0.22, 0.24],
    [0.14, 0.16, 0.19, 0.22, 0.29],
  ],
};
const corner: Corner = { from: 'bottom', to: 'top', outcome: {} as Outcome };
const figure = (est: number, half: number): { n: number; est: number; lwr: number; upr: number } => ({ n: 500, est, lwr: est - half, upr: est + half });

test('the corners are told in plain sentences', () => {
  expect(matrixStory(matrix, 'nl', say)).toBe(
    'In Nederland: van de kinderen van de laagste 20% komt 11% bij de hoogste 20%, en 28% blijft bij de laagste 20%. Van de kinderen van de hoogste 20% blijft 29% bij de hoogste 20%, en 14% komt bij de laagste 20%. Maakte het inkomen van ouders niets uit, dan was elk van deze getallen ongeveer 20%.',
  );
  expect(matrixStory(matrix, 'nl', speaker('nl', 'own'))).toContain('van de mensen die bij de laagste 20% begonnen, komt 11% bij de hoogste 20%');
  expect(matrixStory(matrix, 'en', speaker('en'))).toContain('11% get to the highest 20%');
});

test('steps below a per cent have a decimal', () => {
  expect(shareText(matrix, 0, 4, 'nl')).toBe('11%');
  expect(shareText({ ...matrix, step: 0.005 }, 0, 4, 'nl')).toBe('11,0%');
  expect(matrixInWords(matrix, 'nl', say)).toMatch(/^Ouders laagste 20%: laagste 20% 28%, .*hoogste 20% 11%\. Ouders lager midden: /);
});

test('the verb of a corner follows the difference from the country', () => {
  const here = (est: number, half: number): string => cornerStory(corner, 'Amsterdam', figure(est, half), figure(0.11, 0.005), 'nl', say);
  expect(here(0.2, 0.04)).toBe('In Amsterdam komt van de kinderen van de laagste 20% 20% (waarschijnlijk tussen 16% en 24%) bij de hoogste 20%. Dat is waarschijnlijk hoger dan in Nederland (11%).');
  expect(here(0.13, 0.04)).toContain('Er is geen duidelijk verschil met Nederland (11%).');
  expect(cornerStory(corner, 'Amsterdam', figure(0.2, 0.04), null, 'nl', say)).not.toContain('Nederland');
});
