import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../../../test/e2e/run-command.js';
import { EXIT } from '../output/exit-codes.js';

const home = mkdtempSync(join(tmpdir(), 'bulkhead-foreign-'));
const one = { clientId: 'cred_1', clientSecret: 'hush' };
const tenants = [{ ...one, id: 'ten_1', name: 'Harbour', trust: 'trusted' }];
const own = { url: 'http://127.0.0.1:8080', operator: one, auditor: one, tenants };
writeFileSync(join(home, 'credentials.json'), JSON.stringify(own));

/** Somebody who is no api, such as the receiver of a webhook's messages. */
const told: string[] = [];
const receiver = createServer((request, response) => {
  told.push(`${request.method} ${request.url}`);
  response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"what?"}');
});
let url = '';
beforeAll(async () => {
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
beforeEach(() => {
  told.length = 0;
});
afterAll(() => {
  receiver.close();
  rmSync(home, { recursive: true });
});

describe("credentials of an installation's home", () => {
  it.each([
    ['webhook change whk_1 --type batch.failed --as Harbour', 'where messages are sent to is --to'],
    ['webhook create http://hooks.example/', 'where messages are sent to is the argument'],
    ['get wl_1', 'these credentials belong to'],
    ['workload watch wl_1', 'these credentials belong to'],
    ['explain example.org/tool:1 --operator --tenant ten_1', 'these credentials belong to'],
    ['host list', 'these credentials belong to'],
    ['log tree-head', 'these credentials belong to'],
    ['import any.swf', 'these credentials belong to'],
  ])('are not shown to another address: %s', async (words, sentence) => {
    const argv = [...words.split(' '), '--url', url, '--home', home];
    const { exitCode, stderr } = await runCommand(argv, {});
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toContain('these credentials belong to http://127.0.0.1:8080; give --client-id');
    expect(stderr).toContain(sentence);
    expect(told).toEqual([]);
  });

  it('are not shown to the address that the environment names either', async () => {
    const { stderr } = await runCommand(['get', 'wl_1', '--home', home], { BULKHEAD_URL: url });
    expect(stderr).toContain('these credentials belong to http://127.0.0.1:8080');
    expect(told).toEqual([]);
  });
});

describe('a client that is given by hand', () => {
  it('goes where it was told to, and is told that its secret was read there', async () => {
    const client = ['--client-id', 'cred_1', '--client-secret', 'hush'];
    const { exitCode, stderr } = await runCommand(
      ['webhook', 'change', 'whk_1', '--type', 'batch.failed', '--url', url, ...client],
      {},
    );
    expect([exitCode, told]).toEqual([EXIT.usage, ['POST /hook/oauth/token']]);
    expect(stderr).toContain('The secret of the client was sent there');
    expect(stderr).toContain('where messages are sent to is --to');
    expect(stderr).not.toContain('hush');
  });

  it('tells nobody its secret where the new address of a webhook is taken for --url', async () => {
    const client = ['--client-id', 'cred_1', '--client-secret', 'hush'];
    const argv = ['webhook', 'change', 'whk_1', '--url', url, ...client];
    const { exitCode, stderr } = await runCommand(argv, {});
    expect([exitCode, told]).toEqual([EXIT.usage, []]);
    expect(stderr).toContain('--url says where the api listens');
  });
});
