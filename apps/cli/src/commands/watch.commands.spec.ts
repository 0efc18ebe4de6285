import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../output/exit-codes.js';
import { runProgram } from '../program.js';

const BATCH = 'bat_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f';
const WORKLOAD = 'wl_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f';
let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** An api whose streams begin, and which is killed right then; or which is away from the beginning. */
async function killed(isEverThere: boolean): Promise<string> {
  server = createServer((request, response) => {
    if (request.url === '/oauth/token') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"access_token":"t","expires_in":900}');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('id: 1\nevent: progress\ndata: {}\n\n', () => {
      server.close();
      setTimeout(() => server.closeAllConnections(), 100);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (!isEverThere) await new Promise((done) => server.close(done));
  return url;
}

async function run(url: string, words: readonly string[], more: readonly string[] = []) {
  const told = { stdout: '', stderr: '' };
  const interruption = new AbortController();
  const into = (stream: 'stdout' | 'stderr') => {
    const write = (text: string) => {
      told[stream] += text;
      // Nobody has to be waited for once it was said how long that may last.
      if (text.startsWith('waiting for ')) interruption.abort();
    };
    return { write } as unknown as NodeJS.WriteStream;
  };
  const client = ['--url', url, '--client-id', 'cred_1', '--client-secret', 'x'];
  const exitCode = await runProgram([...words, ...client, ...more], {
    environment: {},
    streams: { stdout: into('stdout'), stderr: into('stderr') },
    signal: interruption.signal,
  });
  return { exitCode, ...told };
}

const FOLLOWING = [
  [['batch', 'watch', BATCH], `watching: bulkhead batch watch ${BATCH}`],
  [['workload', 'watch', WORKLOAD], `watching: bulkhead workload watch ${WORKLOAD}`],
  [
    ['workload', 'logs', WORKLOAD, '--follow'],
    `reading: bulkhead workload logs ${WORKLOAD} --follow`,
  ],
] as const;

describe('who follows an api that is killed', () => {
  it.each(FOLLOWING)('with %j waits for it for a minute', async (words) => {
    const { stderr } = await run(await killed(true), words);
    expect(stderr).toContain('for up to 60 s (--give-up-after)');
  });

  it.each(FOLLOWING)(
    'with %j reads at last which option says for how long, and that it goes on',
    async (words, again) => {
      const ended = await run(await killed(true), words, ['--give-up-after', '0']);
      expect(ended.exitCode).toBe(EXIT.unavailable);
      expect(ended.stderr).toContain('; --give-up-after says for how long)\n');
      expect(ended.stderr).toContain(`${words[2]} goes on without anybody ${again}\n`);
    },
  );

  it('reads nothing of the kind where it was never there', async () => {
    const ended = await run(await killed(false), FOLLOWING[0][0], ['--give-up-after', '0']);
    expect(ended.exitCode).toBe(EXIT.unavailable);
    expect(ended.stderr).toContain('--give-up-after says for how long)\n');
    expect(ended.stderr).not.toContain('goes on');
  });
});
