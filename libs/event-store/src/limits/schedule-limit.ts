import type { ScheduleId, TenantId } from '@bulkhead/domain';
import type pg from 'pg';

/** A schedule that asks to be let in. */
export interface ScheduleAdmission {
  readonly tenantId: TenantId;
  /** Asking again for the same one takes no more room. */
  readonly scheduleId: ScheduleId;
  readonly schedulesMax: number;
}

export interface AdmittedSchedule {
  readonly refused: boolean;
  /** What the tenant had before this one; deleted ones do not count. */
  readonly schedules: number;
}

/** Counts a schedule before it is appended, in one place for all processes. */
export async function admitSchedule(
  pool: pg.Pool,
  { tenantId, scheduleId, schedulesMax }: ScheduleAdmission,
): Promise<AdmittedSchedule> {
  const { rows } = await pool.query<{ refused: boolean; schedules: string }>({
    name: 'limits-admit-schedule',
    text: 'SELECT * FROM limits.admit_schedule($1, $2, $3)',
    values: [tenantId, scheduleId, schedulesMax],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('limits.admit_schedule gave no answer');
  return { refused: row.refused, schedules: Number(row.schedules) };
}
