import { describe, expect, it } from 'vitest';
import { isOutage } from './is-outage.js';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const coded = (code: string | number, message = 'told') =>
  Object.assign(new Error(message), { code });

describe('an error of the queues', () => {
  it.each([
    ['a socket that is refused', coded('ECONNREFUSED')],
    ['a pipe that broke', coded('EPIPE')],
    ['a Postgres that shuts down', coded('57P01')],
    ['a Postgres whose disk is full', coded('53100')],
    ['a statement that took too long', coded('57014')],
    ['a connection that ended', new Error('Connection terminated unexpectedly')],
    ['a Redis that is away', new Error("Stream isn't writeable and enableOfflineQueue is false")],
    ['a Redis that does not answer in time', new Error('Command timed out')],
    ['a Redis that is full', named('ReplyError', "OOM command not allowed when used memory > 'x'")],
    ['a Redis that became a replica', named('ReplyError', "READONLY You can't write against")],
    ['a Redis that loads its data', named('ReplyError', 'LOADING Redis is loading')],
    ['a transaction that came to nothing', named('ReplyError', 'EXECABORT Transaction discarded')],
    ['a Redis that forgot its scripts', named('ReplyError', 'NOSCRIPT No matching script')],
    ['a login that is refused', named('ReplyError', 'WRONGPASS invalid username-password pair')],
    ['nothing that is known', new Error('something else')],
    ['no error at all', 'something else'],
  ])('is an outage where it is %s', (_, error) => {
    expect(isOutage(error)).toBe(true);
  });

  it.each([
    ['text that Postgres cannot store', coded('22021')],
    ['JSON that Postgres cannot store', coded('22P05')],
    ['a table that is not there', coded('42P01')],
    ['a job that is not in the queue any more', coded(-1, 'Missing key for job 1. retryJob')],
    ['a job that BullMQ does not take', new Error('Custom Id cannot be integers')],
    [
      'data of another kind under its key',
      named('ReplyError', 'WRONGTYPE Operation against a key'),
    ],
    ['data that cannot be read', new SyntaxError('Unexpected token in JSON')],
    ['a fault of the program', new TypeError('x is not a function')],
  ])('is a refusal where it is %s', (_, error) => {
    expect(isOutage(error)).toBe(false);
  });
});
