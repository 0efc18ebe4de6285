import {
  type ScheduleEvent,
  type ScheduleId,
  type ScheduleState,
  type ScheduleStatus,
  type ScheduleSummary,
  scheduleDecider,
  type TenantId,
} from '@bulkhead/domain';
import { Column, type DataSource, Entity, PrimaryColumn } from 'typeorm';
import { liveRows } from './live-rows.js';
import { narrowedTo, type Page } from './page.js';
import { projectionOf } from './read-model.js';

@Entity({ schema: 'read', name: 'schedules', synchronize: false })
export class ScheduleRow {
  @PrimaryColumn({ type: 'integer' })
  generation!: number;
  @PrimaryColumn({ name: 'schedule_id', type: 'text' })
  scheduleId!: ScheduleId;
  @Column({ name: 'tenant_id', type: 'text' })
  tenantId!: TenantId;
  @Column({ type: 'text' })
  status!: ScheduleStatus;
  @Column({ type: 'integer' })
  version!: number;
  @Column({ type: 'jsonb' })
  state!: ScheduleState;
}

export const schedulesProjection = projectionOf<ScheduleState, ScheduleEvent>({
  table: 'schedules',
  idColumn: 'schedule_id',
  version: 2,
  prefix: 'sch_',
  decider: scheduleDecider,
  types: {
    ScheduleCreated: true,
    ScheduleChanged: true,
    SchedulePaused: true,
    ScheduleResumed: true,
    ScheduleTimesMissed: true,
    ScheduleFired: true,
    ScheduleSkipped: true,
    ScheduleDeleted: true,
  },
  columns: [
    { name: 'tenant_id', kind: 'text', value: ({ tenantId }) => tenantId },
    { name: 'status', kind: 'text', value: ({ status }) => status },
  ],
});

export interface ScheduleFilter {
  /** Without it, all but the deleted ones. */
  readonly status?: ScheduleStatus;
}

export interface ListedSchedule {
  readonly scheduleId: ScheduleId;
  readonly state: ScheduleSummary;
}

/** Without the tasks that it fires, and of its runs the newest. */
const LISTED = `jsonb_set(s.state - 'batch', '{runs}', jsonb_path_query_array(s.state, '$.runs[0]'))`;

/** A tenant's schedules, newest first, each as far as a list shows it. */
export function listSchedules(
  dataSource: DataSource,
  tenantId: TenantId,
  { status }: ScheduleFilter,
  page: Page,
): Promise<ListedSchedule[]> {
  const query = liveRows(dataSource, ScheduleRow, 'schedules', 's', tenantId);
  query.andWhere('s.tenantId = :tenantId', { tenantId });
  if (status === undefined) query.andWhere(`s.status <> 'deleted'`);
  else query.andWhere('s.status = :status', { status });
  query.select('s.scheduleId', 'scheduleId').addSelect(LISTED, 'state');
  return narrowedTo(query, 'scheduleId', page).getRawMany<ListedSchedule>();
}
