import { setTimeout as sleep } from 'node:timers/promises';
import { InMemoryLog } from '@bulkhead/event-store/in-memory';
import { v7 } from 'uuid';
import { afterEach, expect, it } from 'vitest';
import { realClock } from './real-time.js';
import { Installation } from './worker-in-process.contract.js';

const WORKLOADS = 30;
/** One after the other ends, so that one of them meets the moment. */
const RUN_MS = { first: 150, step: 15 } as const;
const TRAILS_MS = 150;
/** So often and so soon that an attempt which has just ended would pass for one that stands still. */
const EAGER = { reconcileEveryMs: 20, reissueAfterMs: 100 };
const ENDS = ['ComputeSystemExited', 'ComputeSystemStartFailed', 'ComputeSystemLost'];

/** What is read from it is told late: what a process appended it knows long before it hears it back. */
class TrailingLog extends InMemoryLog {
  override async readAll(...args: Parameters<InMemoryLog['readAll']>) {
    const page = await super.readAll(...args);
    if (page.length > 0) await sleep(TRAILS_MS);
    return page;
  }
}

let installation: Installation;

afterEach(async () => {
  await installation.stop();
});

it('names the end of an attempt as the cause of its release, however late a worker hears what it wrote itself', async () => {
  installation = new Installation(new TrailingLog({ clock: realClock, newEventId: v7 }));
  await installation.install();
  await installation.startWorker(EAGER);
  const tenant = await installation.tenant('standard');
  const workloads = await Promise.all(
    Array.from({ length: WORKLOADS }, (_, nr) => {
      const durationMs = RUN_MS.first + nr * RUN_MS.step;
      return installation.submit(tenant, { simulation: { durationMs, exitCode: 0, fault: null } });
    }),
  );
  for (const workload of workloads) await installation.reaches(tenant, workload, 'succeeded');
  const events = await installation.log.readAll({ afterPosition: 0, limit: 5_000 });
  const causes = installation.journal
    .filter(({ kind }) => kind === 'release')
    .map(({ fence }) => events[(fence?.cause ?? 0) - 1]?.event.type);
  expect(causes).toHaveLength(WORKLOADS);
  expect(causes.filter((type) => !ENDS.includes(type ?? ''))).toEqual([]);
});
