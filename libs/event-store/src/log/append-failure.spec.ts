import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { appendFailure, connectFailure } from './append-failure.js';
import { AppendOutcomeUnknown, LogUnavailable } from './event-log.js';

const living = { query: () => Promise.resolve({ rows: [] }) } as unknown as pg.ClientBase;
const ended = { query: () => Promise.reject(new Error('ended')) } as unknown as pg.ClientBase;

function answered(code: string, severity = 'ERROR'): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('refused', 7, 'error'), { code, severity });
}

const coded = (code: string) => Object.assign(new Error('socket'), { code });

describe('an append that Postgres refused while the session lives on', () => {
  it.each([
    ['the disk is full', '53100', 'disk-full'],
    ['memory ran out', '53200', 'out-of-resources'],
    ['the transaction is read-only', '25006', 'read-only'],
    ['the statement ran into its time limit', '57014', 'timed-out'],
    ['a lock was not to be had in time', '55P03', 'timed-out'],
    ['transactions could not be put in an order', '40001', 'contended'],
    ['it was the victim of a deadlock', '40P01', 'contended'],
    ['a file could not be written', '58030', 'storage-failing'],
  ])('was not recorded, and may be tried again, because %s', async (_, code, trouble) => {
    const { error } = await appendFailure(answered(code), living);
    expect(error).toBeInstanceOf(LogUnavailable);
    expect(error).toMatchObject({ trouble, cause: { code } });
  });

  it('keeps its connection, unless the server is read-only and another may have taken its place', async () => {
    expect((await appendFailure(answered('53100'), living)).unusable).toBe(false);
    expect((await appendFailure(answered('25006'), living)).unusable).toBe(true);
  });

  it.each([
    ['a value that cannot be stored', '22P05'],
    ['a broken constraint', '23514'],
    ['a missing right', '42501'],
    ['a fault of the server', 'XX000'],
  ])(
    'is told as what it is when it met %s, because another try would meet it too',
    async (_, code) => {
      const refusal = answered(code);
      expect(await appendFailure(refusal, living)).toEqual({ error: refusal, unusable: false });
    },
  );

  it('is known as refused from a server that says so in another language', async () => {
    const { error } = await appendFailure(answered('53100', 'FEHLER'), living);
    expect(error).toMatchObject({ name: 'LogUnavailable', trouble: 'disk-full' });
  });
});

describe('an append whose session ended', () => {
  it.each([
    ['an operator stopped the server', answered('57P01', 'FATAL')],
    ['another session crashed', answered('57P02', 'FATAL')],
    ['the write-ahead log could not be written', answered('53100', 'PANIC')],
    ['the server ended it in another language', answered('57P01', 'SCHWERWIEGEND')],
    ['the connection broke', new Error('Connection terminated unexpectedly')],
    ['the socket was reset', coded('ECONNRESET')],
    ['no answer came in time', new Error('Query read timeout')],
  ])('may have been recorded all the same, when %s', async (_, lost) => {
    const { error, unusable } = await appendFailure(lost, ended);
    expect(error).toBeInstanceOf(AppendOutcomeUnknown);
    expect(error).toMatchObject({ cause: lost });
    expect(unusable).toBe(true);
  });
});

describe('an append that was never sent', () => {
  it.each([
    ['nothing listens', coded('ECONNREFUSED'), 'unreachable'],
    ['the server starts or stops', answered('57P03', 'FATAL'), 'unreachable'],
    ['no connection is left', answered('53300', 'FATAL'), 'out-of-resources'],
    ['the password is wrong', answered('28P01', 'FATAL'), 'login-refused'],
    ['the database is gone', answered('3D000', 'FATAL'), 'login-refused'],
    ['none came free', new Error('timeout exceeded when trying to connect'), 'unreachable'],
    ['of a reason that nobody has named', new Error('?'), 'unreachable'],
  ])('was not recorded, when %s', (_, error, trouble) => {
    expect(connectFailure(error)).toMatchObject({ name: 'LogUnavailable', trouble, cause: error });
  });

  it('was not recorded, when its connection turned out to be over', async () => {
    const over = new Error('Client has encountered a connection error and is not queryable');
    const { error, unusable } = await appendFailure(over, ended);
    expect(error).toMatchObject({ name: 'LogUnavailable', trouble: 'unreachable' });
    expect(unusable).toBe(true);
  });
});
