import { describe, expect, it } from 'vitest';
import { TROUBLE_OF_SQLSTATE, troubleOf, wasNeverSent } from './postgres-trouble.js';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('the trouble that an error tells of', () => {
  it.each(Object.entries(TROUBLE_OF_SQLSTATE))('%s means %s', (code, trouble) => {
    expect(code).toMatch(/^([0-9A-Z]{2}|[0-9A-Z]{5})$/);
    expect(troubleOf(coded(code.padEnd(5, '0')))).toBe(trouble);
  });

  it.each(['22P05', '23505', '42501', '42601', '57000', '25P02', 'XX001', 'P0001', 'EACCES'])(
    'is none for %s, which no pause makes well',
    (code) => expect(troubleOf(coded(code))).toBeNull(),
  );

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client was closed and is not queryable',
  ])('is a lost connection where pg says "%s"', (message) => {
    expect(troubleOf(new Error(message))).toBe('unreachable');
  });

  it('is none for what is not an error, or speaks of a connection in passing', () => {
    expect(troubleOf('Connection terminated')).toBeNull();
    expect(troubleOf(new Error('the tenant said: Connection terminated'))).toBeNull();
  });

  it('knows what was never sent from what was sent and not answered', () => {
    expect(wasNeverSent(new Error('Client was closed and is not queryable'))).toBe(true);
    expect(wasNeverSent(new Error('Connection terminated unexpectedly'))).toBe(false);
  });
});
