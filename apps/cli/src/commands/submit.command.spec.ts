import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../output/exit-codes.js';
import { runProgram } from '../program.js';

const ID = 'wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f';
const RUNNING = {
  ...{ id: ID, status: 'running', attempts: [], waitingFor: [], image: 'a', endedAt: null },
  ...{
    decision: null,
    refusal: null,
    cancelRequested: false,
    submittedAt: '2026-11-21T10:42:00.000Z',
  },
};
let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** An api whose workloads never end; told of each time that somebody asks how one is. */
async function neverEnding(asked: () => void): Promise<string> {
  server = createServer((request, response) => {
    if (request.method === 'GET') asked();
    const body = request.url === '/oauth/token' ? { access_token: 't', expires_in: 900 } : RUNNING;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function submitAndWait(url: string, signal: AbortSignal, isTTY: boolean, ...more: string[]) {
  const told = { stdout: '', stderr: '' };
  const into = (stream: 'stdout' | 'stderr') => {
    const write = (text: string) => {
      told[stream] += text;
    };
    return { write, isTTY: stream === 'stderr' && isTTY } as unknown as NodeJS.WriteStream;
  };
  const client = ['--client-id', 'cred_1', '--client-secret', 'x', '--give-up-after', '1'];
  const exitCode = await runProgram(['submit', 'a', '--wait', '--url', url, ...client, ...more], {
    environment: {},
    streams: { stdout: into('stdout'), stderr: into('stderr') },
    signal,
  });
  return { exitCode, ...told };
}

describe('a wait for a workload that breaks', () => {
  it('by an interruption names the workload, so that it can be cancelled', async () => {
    const interruption = new AbortController();
    const url = await neverEnding(() => interruption.abort());
    const ended = await submitAndWait(url, interruption.signal, true);
    expect(ended).toMatchObject({ exitCode: EXIT.interrupted, stdout: '' });
    expect(ended.stderr).toBe(
      `waiting for ${ID} …\nInterrupted.\n${ID} was submitted and goes on: bulkhead get ${ID}, or bulkhead cancel ${ID}\n`,
    );
  });

  it('because the server went away names it in the one JSON document of a program', async () => {
    const url = await neverEnding(() => {
      server.closeAllConnections();
      server.close();
    });
    const ended = await submitAndWait(url, new AbortController().signal, false, '--json');
    expect(ended.exitCode).toBe(EXIT.unavailable);
    const { error } = JSON.parse(ended.stdout);
    expect(error).toMatchObject({ workloadId: ID, exitCode: EXIT.unavailable });
    expect(error.detail).toContain('is npm start running?');
  });

  it('before any answer came says under which key to look for it', async () => {
    const interruption = new AbortController();
    server = createServer((request, response) => {
      if (request.url !== '/oauth/token') return interruption.abort();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":"t"}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ended = await submitAndWait(url, interruption.signal, false, '--idempotency-key', 'k1');
    expect(ended.exitCode).toBe(EXIT.interrupted);
    expect(ended.stderr).toMatch(
      /^Interrupted\.\nIt may have been .* --idempotency-key k1 shows it/,
    );
  });

  it.each([
    [429, 'was refused each time', false],
    [503, 'may have been taken all the same', true],
  ])(
    'before it began, by answers of %i, says of a submission what is known: it %s',
    async (status, _title, isOpen) => {
      server = createServer((request, response) => {
        const isToken = request.url === '/oauth/token';
        response.writeHead(isToken ? 200 : status, {
          'content-type': 'application/json',
          ...(isToken ? {} : { 'retry-after': '59' }),
        });
        const problem = { code: 'NOT_NOW', detail: 'Try again in 59 s.' };
        response.end(JSON.stringify(isToken ? { access_token: 't', expires_in: 900 } : problem));
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const ended = await submitAndWait(url, new AbortController().signal, false);
      expect(ended.exitCode).toBe(EXIT.unavailable);
      expect(ended.stderr).toContain(`NOT_NOW (${status}): Try again in 59 s.`);
      expect(ended.stderr.includes('It may have been submitted.')).toBe(isOpen);
    },
  );

  it('whose time is over answers with the workload as it is, and tells a program nothing else', async () => {
    const asked = { times: 0 };
    const url = await neverEnding(() => {
      asked.times += 1;
    });
    const signal = new AbortController().signal;
    const ended = await submitAndWait(url, signal, false, '--wait-seconds', '1', '--json');
    expect(ended).toMatchObject({ exitCode: EXIT.unavailable, stderr: '' });
    expect(JSON.parse(ended.stdout)).toEqual(RUNNING);
    expect(asked.times).toBeGreaterThan(1);
    const forPerson = await submitAndWait(url, signal, false, '--wait-seconds', '1');
    expect(forPerson.stderr).toBe(
      `it has not ended in 1 s (--wait-seconds) and goes on: bulkhead workload watch ${ID}, or bulkhead cancel ${ID}\n`,
    );
  });
});
