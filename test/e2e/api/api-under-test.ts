import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Role, TenantId } from '@bulkhead/domain';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { createApi } from '../../../apps/api/src/create-api.js';
import { issueCredential } from '../../../apps/api/src/credentials/issue-credential.js';
import type { Settings } from '../../../apps/api/src/settings.js';
import { type FreshDatabase, freshDatabase } from '../../postgres/fresh-database.js';
import { projectOnce } from './project-once.js';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** What a server answers has no type of ours. */
  readonly body: ReturnType<typeof JSON.parse>;
  readonly text: string;
}

export interface Call {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Credential {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** One key for all tests of a file: making an RSA key takes longer than most of them. */
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const signingKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const responseKey = randomBytes(32);
export const webhookKey = randomBytes(32);

export function settingsFor(database: FreshDatabase): Settings {
  return {
    port: 0,
    host: '127.0.0.1',
    publicUrl: 'https://bulkhead.test',
    apiDatabaseUrl: database.apiUrl,
    auditDatabaseUrl: database.auditUrl,
    tokenSigningKeyPem: signingKeyPem,
    responseKey,
    webhookKey,
    webhookNetworks: [],
    consistencyTimeoutMs: 5_000,
    appendsWaitingMax: 10_000,
    openWorkloadsPerTenantMax: 100_000,
    logLevel: 'silent',
  };
}

/** A listening api over a database of its own, and what a test says to it. */
export class ApiUnderTest {
  private constructor(
    readonly database: FreshDatabase,
    readonly running: Awaited<ReturnType<typeof createApi>>,
    readonly url: string,
    readonly log: PostgresLog,
    private readonly closing: () => Promise<void>,
  ) {}

  static async start(changed: Partial<Settings> = {}): Promise<ApiUnderTest> {
    const database = await freshDatabase();
    const settings = { ...settingsFor(database), ...changed };
    const running = await createApi(settings, pino({ level: 'silent' }));
    await running.app.listen(0, '127.0.0.1');
    const pool = openPool({ url: database.workerUrl, applicationName: 'test' });
    const log = new PostgresLog({ pool, newEventId: v7 });
    const url = await running.app.getUrl();
    return new ApiUnderTest(database, running, url, log, () => pool.end());
  }

  async stop(): Promise<void> {
    await this.running.app.close();
    await this.closing();
    await this.database.drop();
  }

  async call(method: string, path: string, { token, body, headers }: Call = {}): Promise<Answered> {
    const isText = typeof body === 'string' || body instanceof URLSearchParams;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined || body instanceof URLSearchParams
          ? {}
          : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : undefined,
    };
  }

  get(path: string, token: string): Promise<Answered> {
    return this.call('GET', path, { token });
  }

  post(path: string, token: string, body?: unknown, key?: string): Promise<Answered> {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    return this.call('POST', path, { token, body, headers });
  }

  async tokenOf({ clientId, clientSecret }: Credential, scope?: string): Promise<string> {
    const form = { grant_type: 'client_credentials', client_id: clientId };
    const body = new URLSearchParams({ ...form, client_secret: clientSecret });
    if (scope !== undefined) body.set('scope', scope);
    const answer = await this.call('POST', '/oauth/token', { body });
    if (answer.status !== 200) throw new Error(`no token: ${answer.text}`);
    return answer.body.access_token;
  }

  /** A platform credential, issued as the command for it does. */
  async platformCredential(role: Exclude<Role, 'tenant'>): Promise<Credential> {
    const actor = { kind: 'system', id: 'test' } as const;
    const { credentialId, clientSecret } = await issueCredential(
      { log: this.log, clock: Date.now, newUuid: v7, randomBytes },
      {
        role,
        tenantId: null,
        metadata: { actor, correlationId: 'test', causationPosition: null },
      },
    );
    return { clientId: credentialId, clientSecret };
  }

  async platformToken(role: Exclude<Role, 'tenant'>): Promise<string> {
    return this.tokenOf(await this.platformCredential(role));
  }

  /** A registered tenant with a credential and a token. */
  async tenant(operator: string, body: object = {}) {
    const registered = await this.post('/v1/tenants', operator, { name: 'A tenant', ...body });
    if (registered.status !== 201) throw new Error(`no tenant: ${registered.text}`);
    const id: TenantId = registered.body.id;
    const issued = await this.post(`/v1/tenants/${id}/credentials`, operator, {});
    if (issued.status !== 201) throw new Error(`no credential: ${issued.text}`);
    const credential: Credential = issued.body;
    return { id, credential, token: await this.tokenOf(credential) };
  }

  /** Does once what the worker's projections do all the time, for lists, but for those that stand still. */
  async project(standing: readonly string[] = []): Promise<void> {
    await projectOnce(this.log, this.database.workerUrl, standing);
  }
}

export const NANOSERVER = 'mcr.microsoft.com/windows/nanoserver:ltsc2022';

export function submission(change: object = {}) {
  return {
    image: NANOSERVER,
    resources: { cpuMillis: 500, memoryMiB: 256 },
    simulation: { durationMs: 100, exitCode: 0 },
    ...change,
  };
}

export function hostRegistration(change: object = {}) {
  return {
    name: 'win2025',
    osVersion: '10.0.26100.1742',
    architecture: 'amd64',
    cpuMillis: 32_000,
    memoryMiB: 65_536,
    hypervPresent: true,
    ...change,
  };
}
