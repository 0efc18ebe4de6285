import { emptyFleet, evolveFleet, fleetEventTypes, upcasters } from '@bulkhead/domain';
import { KNOWN_EVENTS, KnownEvents, openPool, PostgresLog } from '@bulkhead/event-store';
import { v7 as uuid } from 'uuid';
import { serveReading } from './reading.js';
import { TALLIED_TYPES, type Tally } from './tally.js';

const PAGE_EVENTS = 5_000;

/** As if one frequent type had a second version by now, so that an eighth of the log is read through its upcaster. */
const EVOLVED = new KnownEvents(
  { ...KNOWN_EVENTS, ComputeSystemCreated: 2 },
  {
    ...upcasters,
    ComputeSystemCreated: { 1: (payload: object) => ({ ...payload, path: 'cold' }) },
  },
);

/** How it reads: everything, only what is handled, page after page, or the fleet as the worker folds it. */
type Manner = (log: PostgresLog, tally: Tally, through: number | undefined) => Promise<void>;

const MANNERS: Readonly<Record<string, Manner>> = {
  async all(log, tally, through) {
    const options = through === undefined ? {} : { throughPosition: through };
    for await (const { events } of log.streamAll({ afterPosition: 0, ...options })) {
      for (const { event, stream } of events) tally.fold(event.type, stream, event.payload);
    }
  },
  async handled(log, tally) {
    for await (const { events } of log.streamAll({ afterPosition: 0, types: TALLIED_TYPES })) {
      for (const { event, stream } of events) tally.fold(event.type, stream, event.payload);
    }
  },
  async pages(log, tally) {
    for (let afterPosition = 0; ; ) {
      const events = await log.readAll({ afterPosition, limit: PAGE_EVENTS });
      for (const { event, stream } of events) tally.fold(event.type, stream, event.payload);
      afterPosition = events.at(-1)?.position ?? 0;
      if (events.length < PAGE_EVENTS) return;
    }
  },
  async fleet(log, tally) {
    const fleet = emptyFleet();
    for await (const { events } of log.streamAll({ afterPosition: 0, types: fleetEventTypes })) {
      for (const recorded of events) {
        evolveFleet(fleet, recorded);
        tally.fold(recorded.event.type, recorded.stream, recorded.event.payload);
      }
    }
  },
};

void serveReading(async (url) => {
  const { BENCH_MANNER = 'all', BENCH_THROUGH } = process.env;
  const pool = openPool({ url, applicationName: 'bench-replay' });
  const log = new PostgresLog({ pool, newEventId: uuid, knownEvents: EVOLVED });
  // The connection is made and the code of the store loaded before anything counts.
  await log.head();
  const through = BENCH_THROUGH === undefined ? undefined : Number(BENCH_THROUGH);
  return {
    read: (tally) => (MANNERS[BENCH_MANNER] as Manner)(log, tally, through),
    close: () => pool.end(),
  };
});
