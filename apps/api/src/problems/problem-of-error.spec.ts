import {
  AppendOutcomeUnknown,
  LogOverloaded,
  LogUnavailable,
  type PostgresTrouble,
  UnknownStoredEvent,
  VersionConflict,
} from '@bulkhead/event-store';
import { NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { problemOf } from './problem-of-error.js';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('what a client is told', () => {
  it.each([
    ['too many wait', new LogOverloaded('x'), 503, 'OVERLOADED'],
    ['the log is read-only', new LogUnavailable('read-only'), 503, 'LOG_UNAVAILABLE'],
    ['the connection broke on the way', new AppendOutcomeUnknown('x'), 503, 'OUTCOME_UNKNOWN'],
    ['others were faster three times', new VersionConflict('policy', 1, 2), 409, 'CONFLICT'],
    [
      'a newer process wrote',
      new UnknownStoredEvent(1, { type: 'X', schemaVersion: 1 }),
      503,
      'UPGRADING',
    ],
    ['Postgres is down', coded('ECONNREFUSED'), 503, 'UNAVAILABLE'],
    ['Postgres is stopping', coded('57P01'), 503, 'UNAVAILABLE'],
    ['a read takes too long', coded('57014'), 503, 'UNAVAILABLE'],
    [
      'no connection comes free',
      new Error('timeout exceeded when trying to connect'),
      503,
      'UNAVAILABLE',
    ],
    ['there is no such route', new NotFoundException(), 404, 'ROUTE_NOT_FOUND'],
    ['something broke', new Error('SELECT secret FROM inside'), 500, 'INTERNAL'],
    ['SQL was wrong', coded('42601', 'syntax error'), 500, 'INTERNAL'],
    ['nothing sensible was thrown', 'text', 500, 'INTERNAL'],
  ])('when %s', (_, error, status, code) => {
    const { facts } = problemOf(error);
    expect([facts.status, facts.code]).toEqual([status, code]);
    expect(JSON.stringify(facts)).not.toContain('secret');
    if (status === 503) expect(facts.headers).toHaveProperty('retry-after');
  });

  it('leaves an operator time to act where nothing passes by itself, and says no word of the cause', () => {
    const seconds = (trouble: PostgresTrouble) =>
      Number(problemOf(new LogUnavailable(trouble)).facts.headers?.['retry-after']);
    expect(seconds('disk-full')).toBeGreaterThan(seconds('unreachable'));
    const told = JSON.stringify(problemOf(new LogUnavailable('disk-full')).facts);
    expect(told).toContain('Nothing was recorded');
    expect(told).not.toContain('disk');
  });
});
