import {
  type HostCondition,
  type HostEvent,
  type HostId,
  type HostState,
  hostDecider,
} from '@bulkhead/domain';
import { Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import { liveRows } from './live-rows.js';
import { onPage, type Page } from './page.js';
import { projectionOf } from './read-model.js';

@Entity({ schema: 'read', name: 'hosts', synchronize: false })
export class HostRow {
  @PrimaryColumn({ type: 'integer' })
  generation!: number;
  @PrimaryColumn({ name: 'host_id', type: 'text' })
  hostId!: HostId;
  @Column({ type: 'text' })
  name!: string;
  /** The host's condition, whether it is cordoned or not. */
  @Column({ type: 'text' })
  status!: HostCondition;
  @Column({ name: 'registered_at', type: 'timestamptz', precision: 3 })
  registeredAt!: Date;
  @Column({ type: 'integer' })
  version!: number;
  @Column({ type: 'jsonb' })
  state!: HostState;
}

export const hostsProjection = projectionOf<HostState, HostEvent>({
  table: 'hosts',
  idColumn: 'host_id',
  version: 6,
  prefix: 'host_',
  decider: hostDecider,
  types: {
    HostRegistered: true,
    HostBooted: true,
    HostCordoned: true,
    HostUncordoned: true,
    HostDrainStarted: true,
    HostDrained: true,
    HostQuarantined: true,
    HostReleasedFromQuarantine: true,
    HostLost: true,
    HostFenced: true,
    HostRecovered: true,
    HostRebootRequested: true,
    HostRetired: true,
  },
  columns: [
    { name: 'name', kind: 'text', value: ({ spec }) => spec?.name ?? '' },
    { name: 'status', kind: 'text', value: ({ condition }) => condition },
    { name: 'registered_at', kind: 'time', value: ({ registeredAtMs }) => registeredAtMs },
  ],
});

export interface HostFilter {
  readonly status?: HostCondition | undefined;
  readonly cordoned?: boolean | undefined;
  readonly drain?: keyof typeof drains | undefined;
  readonly quarantined?: boolean | undefined;
}

/** A state is stored whole, so that what is not there is the null of JSON. */
const isThere = (name: 'drain' | 'quarantine') =>
  `COALESCE(jsonb_typeof(h.state -> '${name}'), 'null') <> 'null'`;
const isEmpty = `COALESCE(jsonb_typeof(h.state -> 'drain' -> 'drainedAtMs'), 'null') <> 'null'`;

const drains = {
  none: `NOT ${isThere('drain')}`,
  draining: `${isThere('drain')} AND NOT ${isEmpty}`,
  drained: isEmpty,
} as const;

/** The fleet, newest first: for operators only. A fleet is small enough to be looked through. */
export function listHosts(
  dataSource: DataSource,
  { status, cordoned, drain, quarantined }: HostFilter,
  page: Page,
): Promise<HostRow[]> {
  const query = liveRows(dataSource, HostRow, 'hosts', 'h', null);
  if (status !== undefined) query.andWhere('h.status = :status', { status });
  if (cordoned !== undefined) {
    query.andWhere(`(h.state -> 'cordoned')::boolean = :cordoned`, { cordoned });
  }
  if (drain !== undefined) query.andWhere(drains[drain]);
  if (quarantined !== undefined) {
    query.andWhere(`(${isThere('quarantine')}) = :quarantined`, { quarantined });
  }
  return onPage(query, 'hostId', page);
}
