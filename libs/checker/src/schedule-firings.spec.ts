import { describe, expect, it } from 'vitest';
import { everySchedule } from '../../../test/domain/schedule-story.js';
import { altered, find, without } from '../../../test/domain/tampering.js';
import { World } from '../../../test/domain/world.js';
import { checkLog } from './check-log.js';

function story(): World['log']['events'] {
  const world = new World();
  everySchedule(world);
  return world.log.events;
}

const firings = async (events: World['log']['events']) => {
  const { violations } = await checkLog({ events });
  return violations.filter(({ check }) => check === 'schedules').map(({ detail }) => detail);
};

describe('the check of schedules', () => {
  it('finds nothing where each planned time was settled once and what was fired was submitted', async () => {
    expect((await checkLog({ events: story() })).violations).toEqual([]);
  });

  it('finds a firing without its batch, whatever follows it', async () => {
    const events = story();
    const cut = events.slice(0, events.indexOf(find(events, 'ScheduleFired')) + 1);
    expect(await firings(cut)).toEqual([expect.stringContaining('was fired last')]);
    expect(await firings(without(events, 'BatchSubmitted'))).toEqual([
      expect.stringContaining('its submission does not follow'),
    ]);
  });

  it('finds a planned time that is settled twice, and a batch of another id', async () => {
    const events = story();
    const { event } = find(events, 'ScheduleSkipped');
    if (event.type !== 'ScheduleSkipped') throw new Error('nothing was skipped');
    const { plannedAtMs } = event.payload;
    const again = altered(events, 'ScheduleFired', { plannedAtMs });
    expect(await firings(again)).toEqual([expect.stringContaining('was settled before')]);
    const moved = altered(events, 'ScheduleFired', { plannedAtMs: plannedAtMs + 7_000 });
    expect(await firings(moved)).toEqual([expect.stringContaining('its id would be')]);
  });
});
