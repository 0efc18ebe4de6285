import type { RecordedEvent, ScheduleFired, ScheduleId } from '@bulkhead/domain';
import { type ScheduleCommand, scheduleDecider } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { idOf, request } from '../../domain/builders.js';
import { altered, without } from '../../domain/tampering.js';
import { World } from '../../domain/world.js';
import { BEGIN_MS } from '../world/world.js';
import { ScheduleWatch } from './schedule-watch.js';

const MINUTE_MS = 60_000;
const at = (minutes: number) => BEGIN_MS + minutes * MINUTE_MS;

/** Every minute: fires, skips what overlaps, and tells what was missed before it fires again. */
function story(): RecordedEvent[] {
  const world = new World();
  const scheduleId = idOf('sch', 1) as ScheduleId;
  const tenantId = world.registerTenant('standard');
  const sha256 = '0'.repeat(64);
  const { contentSha256: _, ...task } = request();
  const limits = { count: 1, maxParallel: null, maxFailures: null };
  const batch = { tasks: [task], ...limits, content: { part: 1, sha256 } };
  const timing = { cron: '* * * * *', timeZone: 'UTC', overlap: 'skip', catchUpLimit: 1 } as const;
  const name = { part: 0, sha256 };
  const act = (command: ScheduleCommand) =>
    world.run(scheduleDecider, scheduleId, tenantId, command);
  act({ kind: 'create-schedule', scheduleId, tenantId, timing, name, batch, nowMs: at(0) });
  const settle = (minute: number, more: object = {}) =>
    act({
      ...{ kind: 'settle', due: [at(minute)], before: null, openBatches: [], hindrance: null },
      ...{ nowMs: at(minute) + 1_000, ...more },
    } as ScheduleCommand);
  settle(1);
  settle(2, { openBatches: [idOf('bat', 1)] });
  settle(5, { before: { count: 2, firstAtMs: at(3), lastAtMs: at(4) } });
  return world.log.events.filter(({ stream }) => stream === scheduleId);
}

function found(events: readonly RecordedEvent[]): readonly string[] {
  const watch = new ScheduleWatch();
  return events.flatMap((recorded) => watch.broken(recorded) ?? []);
}

describe('what schedules record, held against the calendar', () => {
  it('is fine where each planned time is fired, skipped or missed in its turn', () => {
    const types = story().map(({ event }) => event.type);
    expect(types).toEqual([
      ...['ScheduleCreated', 'ScheduleFired', 'ScheduleSkipped'],
      ...['ScheduleTimesMissed', 'ScheduleFired'],
    ]);
    expect(found(story())).toEqual([]);
  });

  it('is wrong where a planned time was passed over, or none was planned', () => {
    for (const type of ['ScheduleFired', 'ScheduleSkipped', 'ScheduleTimesMissed'] as const) {
      expect(found(without(story(), type))[0], type).toMatch(/^planned-times: .* was due$/);
    }
    const moved = altered(story(), 'ScheduleFired', { plannedAtMs: at(1) + 1 });
    expect(found(moved)[0]).toMatch(/ was due$/);
  });

  it('is wrong where something was fired before its time', () => {
    const early = story().map((recorded) =>
      recorded.event.type === 'ScheduleFired'
        ? { ...recorded, event: { ...recorded.event, occurredAtMs: at(0) } as ScheduleFired }
        : recorded,
    );
    expect(found(early)[0]).toMatch(/ before it came$/);
  });

  it('tells of a planned time about which nothing was done', () => {
    const watch = new ScheduleWatch();
    for (const recorded of story()) watch.broken(recorded);
    expect(watch.overdue(at(6) + 10_000)).toBeNull();
    expect(watch.overdue(at(7))).toMatch(/did nothing about 2027-01-15T08:06:00.000Z$/);
    expect(watch.living()).toHaveLength(1);
  });
});
