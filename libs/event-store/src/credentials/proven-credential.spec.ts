import { credentialDecider, prefixedId, type Role } from '@bulkhead/domain';
import { v7 } from 'uuid';
import { beforeEach, describe, expect, it } from 'vitest';
import { InMemoryLog } from '../in-memory/in-memory-log.js';
import { executeCommand } from '../log/execute-command.js';
import { provenCredential, secretDigest } from './proven-credential.js';
import { clientOfBasic } from './shown-client.js';

const SECRET = 'the-words_of the+credential%';
const metadata = {
  actor: { kind: 'operator', id: 'test' },
  correlationId: 'test',
  causationPosition: null,
} as const;
const nowMs = 1_750_000_000_000;

let log: InMemoryLog;

beforeEach(() => {
  log = new InMemoryLog({ clock: () => nowMs, newEventId: v7 });
});

async function issue(role: Role = 'operator') {
  const credentialId = prefixedId('cred', v7());
  const own = { owner: null, stream: credentialId, decider: credentialDecider };
  const secretSha256 = secretDigest(SECRET);
  const tenantId = role === 'tenant' ? prefixedId('ten', v7()) : null;
  const command = { kind: 'issue-credential', credentialId, role, tenantId, secretSha256 } as const;
  await executeCommand({ log, metadata, ...own, command: { ...command, nowMs } });
  const revoke = { kind: 'revoke-credential', reason: 'leaked', nowMs } as const;
  return { credentialId, revoke: () => executeCommand({ log, metadata, ...own, command: revoke }) };
}

describe('a client', () => {
  it('is known by its credential’s secret, whatever its role, until that is revoked', async () => {
    const { credentialId: clientId, revoke } = await issue('tenant');
    const client = { clientId, clientSecret: SECRET };
    expect(await provenCredential(log, client)).toMatchObject({
      credentialId: clientId,
      role: 'tenant',
    });
    await revoke();
    expect(await provenCredential(log, client)).toBeNull();
  });

  it('is nobody with another secret, or with an id that nobody has', async () => {
    const { credentialId } = await issue();
    for (const [clientId, clientSecret] of [
      [credentialId, 'other words'],
      [credentialId, ''],
      [prefixedId('cred', v7()), SECRET],
      ['policy', SECRET],
      ['', ''],
    ] as const) {
      expect(await provenCredential(log, { clientId, clientSecret })).toBeNull();
    }
  });
});

describe('HTTP Basic', () => {
  const basic = (text: string, scheme = 'Basic ') =>
    `${scheme}${Buffer.from(text).toString('base64')}`;

  it('has both of its parts form-encoded, and says the rest as it is', () => {
    const client = { clientId: 'cred_1', clientSecret: SECRET };
    const encoded = `${encodeURIComponent('cred_1')}:${encodeURIComponent(SECRET)}`;
    expect(clientOfBasic(basic(encoded))).toEqual(client);
    const form = new URLSearchParams({ cred_1: SECRET }).toString().replace('=', ':');
    expect(clientOfBasic(basic(form, 'basic  '))).toEqual(client);
    const colons = { clientId: 'a', clientSecret: 'b:c' };
    expect(clientOfBasic(basic('a:b:c'))).toEqual(colons);
    expect(clientOfBasic(basic('a:'))).toEqual({ clientId: 'a', clientSecret: '' });
  });

  it('is nothing else', () => {
    const others = ['Bearer YTpi', 'Basic', 'Basic !', 'Basic YTpi YTpi', basic('no colon')];
    for (const other of [undefined, '', ...others, basic(':b'), basic('a:%'), basic('%E9:b')]) {
      expect(clientOfBasic(other), other).toBeNull();
    }
  });
});
