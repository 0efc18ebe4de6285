import {
  type DomainEvent,
  event,
  type MessageType,
  messageTypes,
  type TenantId,
  type WebhookCommand,
  type WebhookEvent,
  type WebhookId,
  type WorkloadId,
  type WorkloadSucceeded,
  webhookDecider,
} from '@bulkhead/domain';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { idOf, NOW_MS } from '../../../../test/domain/builders.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { executeCommand } from '../log/execute-command.js';
import { PostgresLog } from '../log/postgres-log.js';
import { append, METADATA } from '../log/samples.contract.js';
import { openPool } from '../pool.js';
import { openReadModels } from '../projections/open-read-models.js';
import { keepSecret } from './keep-secret.js';
import { makeMessages } from './make-messages.js';
import { PostgresMessages } from './postgres-messages.js';
import type { SecretPlace } from './secret-box.js';

export const TENANT = idOf('ten', 1) as TenantId;
export const OTHER = idOf('ten', 2) as TenantId;

/** A database with webhooks of two tenants, and what the consumer and senders do with it. */
export class WebhookWorld {
  private made = 0;
  position = 0;
  /** How secrets are kept; senders that open them bring their own way. */
  seal: (place: SecretPlace) => Buffer = ({ secretId }) => Buffer.from(secretId);

  private constructor(
    readonly database: FreshDatabase,
    readonly api: pg.Pool,
    readonly worker: pg.Pool,
    readonly admin: pg.Pool,
    private readonly dataSource: DataSource,
    readonly log: PostgresLog,
    readonly store: PostgresMessages,
  ) {}

  static async open(): Promise<WebhookWorld> {
    const database = await freshDatabase();
    const applicationName = 'webhooks';
    const pool = (url: string) => openPool({ url, applicationName });
    const [api, worker] = [pool(database.apiUrl), pool(database.workerUrl)];
    const dataSource = await openReadModels({ url: database.workerUrl, applicationName });
    const log = new PostgresLog({ pool: worker, newEventId: uuid });
    const admin = openPool({ url: database.databaseUrl, applicationName, connectionsMax: 1 });
    const store = new PostgresMessages(worker);
    return new WebhookWorld(database, api, worker, admin, dataSource, log, store);
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await Promise.all([this.api, this.worker, this.admin].map((pool) => pool.end()));
    await this.database.drop();
  }

  /** A database that was emptied: everything is made anew. */
  reset(): void {
    this.position = 0;
  }

  /** A webhook with a kept secret, as the api makes one. */
  async create(
    tenantId: TenantId = TENANT,
    wanted: readonly MessageType[] = messageTypes,
  ): Promise<WebhookId> {
    const webhookId = this.newId('whk') as WebhookId;
    const secretId = await this.keep(webhookId, tenantId);
    const nowMs = NOW_MS;
    const contentSha256 = 'a'.repeat(64);
    const named = { webhookId, messageTypes: wanted, contentSha256, secretId, nowMs };
    const decided = webhookDecider.decide(
      { kind: 'create-webhook', ...named },
      webhookDecider.initialState,
    );
    const events = decided.accepted ? decided.events : [];
    await this.log.append({
      ...append({ owner: tenantId, stream: webhookId, expectedVersion: 0, events }),
      contents: [
        {
          ...{ tenant: tenantId, stream: webhookId, part: 0, saltHex: '00'.repeat(32) },
          body: { url: 'https://hooks.example/' },
        },
      ],
    });
    return webhookId;
  }

  async keep(webhookId: WebhookId, tenantId: TenantId = TENANT): Promise<string> {
    const secretId = uuid();
    const sealed = this.seal({ tenantId, webhookId, secretId });
    await keepSecret(this.api, { tenantId, webhookId, secretId, sealed, webhooksMax: null });
    return secretId;
  }

  async act(tenantId: TenantId, webhookId: WebhookId, command: WebhookCommand) {
    const executed = await executeCommand<WebhookCommand, unknown, WebhookEvent>({
      ...{ log: this.log, owner: tenantId, stream: webhookId, metadata: METADATA, command },
      decider: webhookDecider as never,
    });
    if (!executed.accepted) throw new Error(executed.rejection.detail);
  }

  /** So many workloads of a tenant come to their end. */
  async succeed(many = 1, tenantId: TenantId = TENANT): Promise<readonly WorkloadId[]> {
    const ids = Array.from({ length: many }, () => this.newId('wl') as WorkloadId);
    const ended: DomainEvent = event<WorkloadSucceeded>('WorkloadSucceeded', NOW_MS, {
      attempt: 1,
    });
    const streams = ids.map((stream) => ({
      ...{ owner: tenantId, stream, expectedVersion: 0 },
      events: [ended],
    }));
    await this.log.append(append(...streams));
    return ids;
  }

  /** What the consumer does with what has come since the last time, in one transaction. */
  async follow(waitingMax?: number, from = this.position): Promise<void> {
    const batch = await this.log.readAll({ afterPosition: from, limit: 5_000 });
    await this.dataSource.transaction(async (transaction) => {
      await makeMessages(batch, transaction, waitingMax);
    });
    this.position = batch.at(-1)?.position ?? from;
  }

  claim(claim = uuid(), changes: Partial<Parameters<PostgresMessages['claim']>[1]> = {}) {
    const bounds = { most: 100, ofTenantMax: 100, ofWebhookMax: 100, claimMs: 60_000 };
    return this.store.claim(claim, { ...bounds, ...changes });
  }

  /** In the order of what ended, and for one end in that of its webhooks. */
  async messages(): Promise<readonly Record<string, unknown>[]> {
    const text = 'SELECT * FROM webhooks.messages ORDER BY position, webhook';
    const { rows } = await this.worker.query(text);
    return rows;
  }

  async endpoint(webhookId: WebhookId): Promise<Record<string, unknown> | undefined> {
    const text = 'SELECT * FROM webhooks.endpoints WHERE webhook = $1';
    const { rows } = await this.worker.query(text, [webhookId]);
    return rows[0];
  }

  private newId(prefix: 'whk' | 'wl'): string {
    this.made += 1;
    return idOf(prefix, this.made);
  }
}
