import { expect, test } from 'vitest';
import { breakText } from './breaks';

test('tests of both cohorts of group 8 have a break, each with the other', () => {
  for (const name of ['math', 'reading', 'class_language', 'vwo_test', 'under_advice']) {
    expect(breakText(`c11_a_${name}`, 'nl'), name).toContain('Groep 8 van 2020–2024');
    expect(breakText(`c11_b_${name}`, 'nl'), name).toContain('doorstroomtoets');
  }
  expect(breakText('c11_b_math', 'en')).toMatch(/^Break in the series/);
});

test('what is not a test has none, and costs of care have another', () => {
  for (const outcome of ['c11_b_class_size', 'c11_a_vwo_final', 'c35_income']) expect(breakText(outcome, 'nl')).toBe('');
  expect(breakText('c35_total_health_costs', 'nl')).toContain('soorten zorg');
});
