import type { ScheduleId, TenantId } from '@bulkhead/domain';
import type { KnownSchedule } from './schedule-book.js';

/**
 * What is settled between two looks at what is due: so many tasks, or one schedule that has more of them, and so many
 * schedules. It is what a schedule that becomes due meanwhile has to wait for, whoever else has how much due.
 */
export const SETTLED_A_STEP_MAX = { tasks: 10_000, schedules: 500 } as const;

type Bounds = { readonly [bound in keyof typeof SETTLED_A_STEP_MAX]: number };

/**
 * Who is settled first where much is due at once: tenants take turns, one schedule each, beginning with the one that
 * waits longest, since its last turn or since something of it is due. So of the schedules of another tenant at most
 * one stands before a tenant's first. Of those that wait equally long whoever has least to do goes first, because that
 * keeps the others waiting least.
 */
export class DueTurns {
  private turns = 0;
  /** By tenant and schedule that were due at the last look, the turn since which each waits. */
  private since: ReadonlyMap<TenantId | ScheduleId, number> = new Map();

  constructor(private readonly most: Bounds = SETTLED_A_STEP_MAX) {}

  /** Those that are settled now; the others are due at the next look. */
  take(due: readonly KnownSchedule[]): readonly KnownSchedule[] {
    const since = new Map<TenantId | ScheduleId, number>();
    for (const { tenantId, scheduleId } of due) {
      for (const id of [tenantId, scheduleId]) since.set(id, this.since.get(id) ?? this.turns);
    }
    const taken: KnownSchedule[] = [];
    let tasks = 0;
    for (let lines = linesOf(due, since), round = 0; lines.length > 0; round += 1) {
      lines = lines.filter((line) => {
        const schedule = line[round];
        if (schedule === undefined) return false;
        const fits =
          taken.length < this.most.schedules && tasks + tasksOf(schedule) <= this.most.tasks;
        if (!fits && taken.length > 0) return false;
        taken.push(schedule);
        tasks += tasksOf(schedule);
        this.turns += 1;
        for (const id of [schedule.tenantId, schedule.scheduleId]) since.set(id, this.turns);
        return true;
      });
    }
    this.since = since;
    return taken;
  }
}

/** Each tenant's, in the order in which they take turns. One that could not be settled goes behind its tenant's others. */
function linesOf(
  due: readonly KnownSchedule[],
  since: ReadonlyMap<TenantId | ScheduleId, number>,
): KnownSchedule[][] {
  const turnOf = (id: TenantId | ScheduleId) => since.get(id) ?? 0;
  const lines = new Map<TenantId, KnownSchedule[]>();
  for (const schedule of due) {
    const line = lines.get(schedule.tenantId);
    if (line === undefined) lines.set(schedule.tenantId, [schedule]);
    else line.push(schedule);
  }
  for (const line of lines.values()) {
    line.sort((a, b) => turnOf(a.scheduleId) - turnOf(b.scheduleId));
  }
  return [...lines]
    .sort(([one, [a]], [other, [b]]) => turnOf(one) - turnOf(other) || tasksOf(a) - tasksOf(b))
    .map(([, line]) => line);
}

function tasksOf(schedule: KnownSchedule | undefined): number {
  const batch = schedule?.state.batch ?? null;
  return batch === null ? 0 : (batch.count ?? batch.tasks.length);
}
