import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import { v7 } from 'uuid';
import type { createApi } from '../../apps/api/src/create-api.js';
import { issueCredential } from '../../apps/api/src/credentials/issue-credential.js';
import type { LogDatabase } from '../histories/log-database.js';

type ApiSettings = Parameters<typeof createApi>[0];

/** Of a tenant that an operator has registered. */
export async function tenantToken({ workerUrl }: LogDatabase, url: string): Promise<string> {
  const pool = openPool({ url: workerUrl, applicationName: 'bench' });
  const log = new PostgresLog({ pool, newEventId: v7 });
  const actor = { kind: 'system', id: 'bench' } as const;
  const metadata = { actor, correlationId: 'bench', causationPosition: null };
  const issued = await issueCredential(
    { log, clock: Date.now, newUuid: v7, randomBytes },
    { role: 'operator', tenantId: null, metadata },
  );
  await pool.end();
  const operator = await tokenOf(url, issued.credentialId, issued.clientSecret);
  const post = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${operator}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    return (await (await fetch(`${url}${path}`, init)).json()) as Record<string, string>;
  };
  const { id } = await post('/v1/tenants', { name: 'bench' });
  const { clientId = '', clientSecret = '' } = await post(`/v1/tenants/${id}/credentials`, {});
  return tokenOf(url, clientId, clientSecret);
}

async function tokenOf(url: string, id: string, secret: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  body.set('client_id', id);
  body.set('client_secret', secret);
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

export function settingsOf({ apiUrl, auditUrl }: LogDatabase): ApiSettings {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    ...{ port: 0, host: '127.0.0.1', publicUrl: 'https://bulkhead.test' },
    ...{ apiDatabaseUrl: apiUrl, auditDatabaseUrl: auditUrl, responseKey: randomBytes(32) },
    webhookKey: randomBytes(32),
    webhookNetworks: [],
    tokenSigningKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    // No worker ends anything here.
    openWorkloadsPerTenantMax: 10_000_000,
    ...{ consistencyTimeoutMs: 5_000, appendsWaitingMax: 10_000, logLevel: 'silent' },
  };
}
