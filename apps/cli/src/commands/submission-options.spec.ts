import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../output/exit-codes.js';
import { runProgram } from '../program.js';

const WORKLOAD = {
  id: 'wl_1',
  status: 'submitted',
  image: 'app:1',
  decision: null,
  refusal: null,
  cancelRequested: false,
  waitingFor: [],
  attempts: [],
  submittedAt: '2026-11-21T10:42:00.000Z',
  endedAt: null,
};
const rule = { id: 'requested', text: 'It is granted.', effect: 'hyperv', outcome: 'fired' };
const EXPLAINED = {
  tenant: 'ten_1',
  image: 'app:1',
  refusal: null,
  isolation: 'hyperv',
  boundary: 'own:ten_1',
  rules: [{ ...rule, because: 'the submission asked for a utility VM' }],
  warnings: [],
  policyVersion: 4,
  placement: null,
};

let server: Server;
let url: string;
let asked: { path: string; body: unknown }[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const path = request.url ?? '';
    let text = '';
    for await (const chunk of request) text += chunk;
    const isToken = path === '/oauth/token';
    if (!isToken) asked.push({ path, body: JSON.parse(text) });
    const body = path.includes('/explain') ? EXPLAINED : WORKLOAD;
    const answer = isToken ? { access_token: 't', expires_in: 900 } : body;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
});

async function run(...words: string[]) {
  const told = { stdout: '', stderr: '' };
  const into = (stream: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      told[stream] += text;
    },
  });
  const client = ['--url', url, '--client-id', 'cred_1', '--client-secret', 'x'];
  const streams = { stdout: into('stdout'), stderr: into('stderr') } as never;
  const [command = '', ...rest] = words;
  const exitCode = await runProgram([command, ...client, ...rest], {
    environment: {},
    streams,
    signal: new AbortController().signal,
  });
  return { exitCode, ...told };
}

const resources = { cpuMillis: 500, memoryMiB: 256 };

describe.each(['submit', 'explain'])('what is said to `%s`', (command) => {
  const bodyOf = async (...words: string[]) => {
    const { exitCode, stderr } = await run(command, ...words);
    expect([exitCode, stderr]).toEqual([EXIT.done, '']);
    expect(asked).toHaveLength(1);
    return asked[0]?.body;
  };

  it('leaves to the api what was not said', async () => {
    expect(await bodyOf('app:1')).toEqual({ image: 'app:1', resources, isolation: 'default' });
  });

  it('names the user, each capability and each access to the host as often as it was given', async () => {
    const words = ['--user', 'ContainerAdministrator', '--capability', 'SYS_ADMIN'];
    words.push('--capability', 'NET_RAW', '--host-access', 'device', '--host-access', 'host-pipe');
    expect(await bodyOf('app:1', ...words)).toEqual({
      image: 'app:1',
      resources,
      isolation: 'default',
      user: 'ContainerAdministrator',
      capabilities: ['SYS_ADMIN', 'NET_RAW'],
      hostAccess: ['device', 'host-pipe'],
    });
  });

  it('holds the command behind --, the wall, and every bound', async () => {
    const words = ['--isolation', 'process', '--strict', '--max-attempts', '3', '--priority', '9'];
    words.push('--timeout-seconds', '60', '--env', 'A=b=c', '--label', 'team=billing');
    words.push('--host-selector', 'zone=a', '--host-selector', 'disk=ssd');
    words.push('--retry-on', 'lost', '--retry-on', 'timed-out', '--final-exit-code', '2');
    const simulated = ['--duration-ms', '5', '--cpu-millis', '1000', '--memory-mib', '512'];
    expect(await bodyOf('app:1', ...words, ...simulated, '--', 'cmd', '--user', 'x')).toEqual({
      image: 'app:1',
      command: ['cmd', '--user', 'x'],
      resources: { cpuMillis: 1_000, memoryMiB: 512 },
      isolation: 'process',
      hostSelector: { zone: 'a', disk: 'ssd' },
      strict: true,
      restartPolicy: { maxAttempts: 3, retryOn: ['lost', 'timed-out'], finalExitCodes: [2] },
      priority: 9,
      timeoutSeconds: 60,
      env: { A: 'b=c' },
      labels: { team: 'billing' },
      simulation: { durationMs: 5, exitCode: 0 },
    });
  });

  it('has exit codes as Windows has them, with a sign and without', async () => {
    const body = await bodyOf('app:1', '--exit-code', '-1', '--final-exit-code', '4294967295');
    expect(body).toMatchObject({
      simulation: { exitCode: -1 },
      restartPolicy: { finalExitCodes: [4_294_967_295] },
    });
  });

  it("ends at the first word of the command: what follows is the workload's, whatever Bulkhead calls so", async () => {
    const words = ['app:1', '--priority', '7', 'mytool', '--user', 'me', '--help', '--version'];
    const { exitCode, stdout, stderr } = await run(command, ...words, '--json', '-x', '--', 'y');
    expect(exitCode).toBe(EXIT.done);
    expect(asked.map(({ body }) => body)).toEqual([
      {
        image: 'app:1',
        command: ['mytool', '--user', 'me', '--help', '--version', '--json', '-x', '--', 'y'],
        resources,
        isolation: 'default',
        priority: 7,
      },
    ]);
    expect(stdout).not.toContain('{');
    expect(stderr).toMatch(/^--user, --json: taken as of the workload's command; .*\n$/);
  });

  it('may stand on both sides of the image, and -- ends it without a remark', async () => {
    const words = ['--user', 'me', 'app:1', '--priority=7', '--', '--user', 'x'];
    expect(await bodyOf(...words)).toMatchObject({
      ...{ image: 'app:1', user: 'me', priority: 7, command: ['--user', 'x'] },
    });
    asked = [];
    const literal = await bodyOf('--priority', '3', '--', 'app:1', '--user', 'x');
    expect(literal).toMatchObject({ image: 'app:1', priority: 3, command: ['--user', 'x'] });
    expect(literal).not.toHaveProperty('user');
  });

  it('is refused where Bulkhead has no such option, before the command', async () => {
    for (const words of [
      ['--fast', 'app:1', 'tool'],
      ['app:1', '--fast', 'tool'],
      ['app:1', '--version'],
    ]) {
      const { exitCode, stderr } = await run(command, ...words);
      expect([exitCode, stderr]).toEqual([EXIT.usage, expect.stringContaining('unknown option')]);
    }
    expect(asked).toEqual([]);
  });

  it('is refused before anybody is asked where it makes no sense', async () => {
    for (const wrong of [
      ['--isolation', 'none'],
      ['--cpu-millis', '0'],
      ['--env', '=b'],
      ['--env', 'A=1', '--env', 'A=1'],
      ['--label', 'team=a', '--label', 'team=b'],
      ['--host-selector', 'zone=a', '--host-selector', 'zone=b'],
      ['--exit-code', '-2147483649'],
      ['--final-exit-code', '1.5'],
    ]) {
      const { exitCode, stderr } = await run(command, 'app:1', ...wrong);
      expect([exitCode, stderr]).toEqual([
        EXIT.usage,
        expect.stringMatching(/invalid|cannot be that of/),
      ]);
    }
    expect(asked).toEqual([]);
  });
});

describe('`explain`', () => {
  it('prints one rule a row for a person, and the answer as it is for a program', async () => {
    const { stdout } = await run('explain', 'app:1', '--isolation', 'hyperv');
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'would be accepted, with isolation hyperv',
      '  tenant     ten_1 (boundary own:ten_1)',
      '  image      app:1',
      '  policy     4',
      '',
      'requested  fired          the submission asked for a utility VM',
      '',
    ]);
    const { stdout: json } = await run('explain', 'app:1', '--json');
    expect(JSON.parse(json)).toEqual(EXPLAINED);
  });

  it('asks as the operator for the tenant that is named', async () => {
    await run('explain', 'app:1', '--operator', '--tenant', 'ten_7');
    expect(asked[0]?.path).toBe('/v1/workloads/explain?tenant=ten_7');
    await run('explain', 'app:1');
    expect(asked[1]?.path).toBe('/v1/workloads/explain');
  });

  it('needs both or none of them', async () => {
    for (const half of [['--operator'], ['--tenant', 'ten_7']]) {
      const { exitCode, stderr } = await run('explain', 'app:1', ...half);
      expect([exitCode, stderr]).toEqual([
        EXIT.usage,
        expect.stringMatching(/needs --(tenant|operator)/),
      ]);
    }
    const both = ['--operator', '--tenant', 'ten_7', '--as', 'somebody'];
    expect((await run('explain', 'app:1', ...both)).exitCode).toBe(EXIT.usage);
    expect(asked).toEqual([]);
  });
});
