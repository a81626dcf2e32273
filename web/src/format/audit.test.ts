import { expect, test } from 'vitest';
import { auditSentence } from './audit';

test('the result of the audit is told with its counts', () => {
  expect(auditSentence({ reached: 12_345, small: 678 }, 'nl')).toContain('12.345 verborgen cijfers; daarvan gaan 678 over');
  expect(auditSentence({ reached: 12_345, small: 678 }, 'en')).toContain('12,345 hidden figures could be worked out; 678');
});

test('an audit that found nothing and no audit are not the same', () => {
  expect(auditSentence({ reached: 0, small: 0 }, 'nl')).toContain('Geen enkel verborgen cijfer');
  expect(auditSentence(null, 'nl')).toContain('geen controle gevoegd');
  expect(auditSentence(null, 'en')).toContain('No audit is attached');
});
