import pg from 'pg';
import { DataSource } from 'typeorm';
import type { KeptStates } from '../log/read-state.js';
import { ANSWER_MARGIN_MS, SEARCH_PATH, STATEMENT_TIMEOUT_MS } from '../pool.js';
import { BatchRow, batchesProjection } from './batches.js';
import { CredentialRow, credentialsProjection } from './credentials.js';
import { HostRow, hostsProjection } from './hosts.js';
import { policiesProjection } from './policies.js';
import type { Projection } from './read-model.js';
import { ScheduleRow, schedulesProjection } from './schedules.js';
import { TenantRow, tenantsProjection } from './tenants.js';
import { WorkloadRow, workloadsProjection } from './workloads.js';

/** Every read model; each generation of one has a consumer and a checkpoint of its own. */
export const PROJECTIONS: readonly Projection[] = [
  workloadsProjection,
  batchesProjection,
  tenantsProjection,
  hostsProjection,
  credentialsProjection,
  policiesProjection,
  schedulesProjection,
];

/**
 * Whose rows spare the log the reading of streams that grow without bound: those of a host, a tenant and
 * the policy, of a batch, which has up to one event for each of its tasks, and of a schedule, which has one
 * for each of its runs. They are never trusted to be current, and may be missing. Other streams are short by
 * what they are.
 */
export const KEPT_STATES: readonly KeptStates[] = [
  tenantsProjection,
  hostsProjection,
  policiesProjection,
  batchesProjection,
  schedulesProjection,
];

export interface ReadModelsOptions {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly connectionsMax?: number;
}

const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Between two queries of a transaction, and while it changes hands, a connection has no listener of
 * TypeORM's or the pool's. Its loss is reported by the next query; without one the event would end the
 * process.
 */
class EnduringClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

/** Connects TypeORM to the read models. It never creates or alters a table: migrations do. */
export function openReadModels(options: ReadModelsOptions): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName: options.applicationName,
    entities: [WorkloadRow, BatchRow, TenantRow, HostRow, CredentialRow, ScheduleRow],
    synchronize: false,
    installExtensions: false,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    // An idle connection that drops is replaced on the next use.
    poolErrorHandler: () => {},
    extra: {
      Client: EnduringClient,
      max: options.connectionsMax ?? CONNECTIONS_MAX,
      options: `${SEARCH_PATH} -c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
      query_timeout: STATEMENT_TIMEOUT_MS + ANSWER_MARGIN_MS,
    },
  });
  return dataSource.initialize();
}
