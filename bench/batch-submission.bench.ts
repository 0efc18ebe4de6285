import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { createApi } from '../apps/api/src/create-api.js';
import { issueCredential } from '../apps/api/src/credentials/issue-credential.js';
import { type Spread, spreadOf } from './append/statistics.js';
import { type LogDatabase, startBenchServer } from './histories/log-database.js';

const TASKS = 10_000;
const ROUNDS = 7;
/** Makes a body of 10,000 lines almost as large as it may be, defaults included. */
const LINE_PADDING_CHARS = 1_000;

interface Round {
  readonly ms: number;
  /** Of api and client, without Postgres: what is left of it on a machine that others use. */
  readonly processorMs: number;
}

interface Caller {
  readonly url: string;
  readonly token: string;
}

/**
 * How long a tenant waits for the answer to a batch of 10,000 tasks: its request is sent, validated, sealed
 * and durable. Api and client are one process, and Postgres runs beside it with default durability.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  if (args.length > 0) throw new Error('batch-submission takes no arguments');
  const server = await startBenchServer();
  try {
    const database = await server.database('batches');
    const { app } = await createApi(settingsOf(database), pino({ level: 'silent' }));
    await app.listen(0, '127.0.0.1');
    const caller = await tenantOf(database, await app.getUrl());
    const ms: Record<string, Spread | null> = {};
    const processorMs: Record<string, Spread | null> = {};
    for (const [name, { type, body }] of Object.entries(bodies())) {
      const rounds = await roundsOf(caller, type, body);
      ms[name] = spreadOf(rounds.map((round) => round.ms));
      processorMs[name] = spreadOf(rounds.map((round) => round.processorMs));
      console.error(name, `${(body.length / 1024).toFixed(0)} KiB`, ms[name], processorMs[name]);
    }
    await app.close();
    return { tasks: TASKS, rounds: ROUNDS, ms, processorMs };
  } finally {
    await server.stop();
  }
}

/** As many tasks by a count, as JSON and as lines of about a kilobyte. */
function bodies(): Readonly<Record<string, { readonly type: string; readonly body: string }>> {
  const resources = { cpuMillis: 500, memoryMiB: 256 };
  const simulation = { durationMs: 100, exitCode: 0 };
  const taskDefaults = { image: 'bench:1', resources, simulation };
  const head = { name: 'bench', taskDefaults };
  const tasks = Array.from({ length: TASKS }, (_, index) => ({ args: ['--region', `${index}`] }));
  const padding = 'x'.repeat(LINE_PADDING_CHARS);
  const padded = tasks.map(({ args }) => JSON.stringify({ args: [...args, padding] }));
  const counted = { name: 'bench', taskDefaults: { ...taskDefaults, args: ['{{index}}'] } };
  return {
    count: { type: 'application/json', body: JSON.stringify({ ...counted, count: TASKS }) },
    json: { type: 'application/json', body: JSON.stringify({ ...head, tasks }) },
    lines: { type: 'application/x-ndjson', body: [JSON.stringify(head), ...padded].join('\n') },
  };
}

/** Of each round but the first, which finds everything cold. */
async function roundsOf({ url, token }: Caller, type: string, body: string): Promise<Round[]> {
  const rounds: Round[] = [];
  const headers = { authorization: `Bearer ${token}`, 'content-type': type };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const startedAt = performance.now();
    const used = process.cpuUsage();
    const response = await fetch(`${url}/v1/batches`, { method: 'POST', headers, body });
    const { taskCount } = (await response.json()) as { taskCount?: number };
    if (taskCount !== TASKS) throw new Error(`a batch was answered with ${response.status}`);
    const ms = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(used);
    rounds.push({ ms, processorMs: (user + system) / 1_000 });
  }
  return rounds.slice(1);
}

/** A tenant that operators have registered, with a token. */
async function tenantOf({ workerUrl }: LogDatabase, url: string): Promise<Caller> {
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
  return { url, token: await tokenOf(url, clientId, clientSecret) };
}

async function tokenOf(url: string, id: string, secret: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  body.set('client_id', id);
  body.set('client_secret', secret);
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

function settingsOf({ apiUrl, auditUrl }: LogDatabase): Parameters<typeof createApi>[0] {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    ...{ port: 0, host: '127.0.0.1', publicUrl: 'https://bulkhead.test' },
    ...{ apiDatabaseUrl: apiUrl, auditDatabaseUrl: auditUrl, responseKey: randomBytes(32) },
    tokenSigningKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    ...{ consistencyTimeoutMs: 5_000, appendsWaitingMax: 10_000, logLevel: 'silent' },
  };
}
