import { DataSource } from 'typeorm';
import { BatchRow, batchesProjection } from './batches.js';
import { CredentialRow, credentialsProjection } from './credentials.js';
import { HostRow, hostsProjection } from './hosts.js';
import { policiesProjection } from './policies.js';
import type { Projection } from './read-model.js';
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
];

export interface ReadModelsOptions {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly connectionsMax?: number;
}

const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/** Connects TypeORM to the read models. It never creates or alters a table: migrations do. */
export function openReadModels(options: ReadModelsOptions): Promise<DataSource> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName: options.applicationName,
    entities: [WorkloadRow, BatchRow, TenantRow, HostRow, CredentialRow],
    synchronize: false,
    installExtensions: false,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    // An idle connection that drops is replaced on the next use.
    poolErrorHandler: () => {},
    extra: {
      max: options.connectionsMax ?? CONNECTIONS_MAX,
      options: `-c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
    },
  });
  return dataSource.initialize();
}
