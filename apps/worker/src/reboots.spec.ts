import { checkLog } from '@bulkhead/checker';
import { type HostId, policyDecider, policyVersion1, type RecordedEvent } from '@bulkhead/domain';
import { executeCommand } from '@bulkhead/event-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rebootHost } from './jobs/reboot-host.js';
import { REBOOT_LOOK_MS } from './place/reboots.js';
import { Installation } from './worker-in-process.contract.js';

const strict = { isolation: 'process', strict: true } as const;
const metadata = {
  actor: { kind: 'operator', id: 'test' },
  correlationId: 'test',
  causationPosition: null,
} as const;
let installation: Installation;
let host: HostId;

beforeEach(async () => {
  installation = new Installation();
  [host = 'host_'] = await installation.install();
});
afterEach(() => installation.stop());

/** Empty hosts boot at once where somebody waits. */
async function allowReboots(): Promise<void> {
  const policy = { ...policyVersion1, rebootEmptyAfterMs: 0 };
  const command = { kind: 'publish-policy', version: 2, policy, nowMs: Date.now() } as const;
  const { log } = installation;
  const [owner, stream, decider] = [null, 'policy', policyDecider] as const;
  await executeCommand({ log, owner, stream, decider, command, metadata });
}

/** One tenant has run on the only host, and another waits for its kernel. */
async function oneWaits() {
  const owner = await installation.tenant('standard');
  await installation.reaches(owner, await installation.submit(owner, strict), 'succeeded');
  const tenant = await installation.tenant('standard');
  const workload = await installation.submit(tenant, strict);
  await installation.reaches(tenant, workload, 'waiting');
  return { tenant, workload };
}

const onHost = () => installation.log.readStream(null, host);
const ofType = (events: readonly RecordedEvent[], type: string) =>
  events.filter(({ event }) => event.type === type);
const boots = () => installation.journal.filter(({ kind }) => kind === 'boot');
const requested = () =>
  installation.until(onHost, (events) => ofType(events, 'HostRebootRequested').length > 0);

async function findNothing(): Promise<void> {
  const events = await installation.log.readAll({ afterPosition: 0, limit: 1_000 });
  const journals = [{ hostId: host, entries: installation.journal }];
  expect((await checkLog({ events, journals })).violations).toEqual([]);
}

describe('an empty host whose kernel belongs to another tenant', () => {
  it('boots anew for one who waits for a kernel, the event first, and runs what waited', async () => {
    await allowReboots();
    await installation.startWorker();
    const { tenant, workload } = await oneWaits();
    await installation.reaches(tenant, workload, 'succeeded');
    const [asked, ...more] = ofType(await onHost(), 'HostRebootRequested');
    expect([asked?.event.payload, more]).toMatchObject([{ trustBoundary: `own:${tenant}` }, []]);
    expect(boots().map(({ fence }) => fence?.cause)).toEqual([expect.any(Number), asked?.position]);
    expect(installation.leasedTooEarly).toEqual([]);
    // Who else gave it one would let what runs there go on for longer than the keeper of the host knows.
    const booted = ofType(await onHost(), 'HostBooted').map(({ position }) => position);
    const leased = installation.journal.filter(({ kind }) => kind === 'lease-renewed');
    expect(new Set(leased.map(({ fence }) => fence?.cause))).toEqual(new Set(booted));
    await findNothing();
  });

  it('goes on as it is where policy does not say so', async () => {
    await installation.startWorker();
    await oneWaits();
    await new Promise((resolve) => setTimeout(resolve, 1.2 * REBOOT_LOOK_MS));
    expect([ofType(await onHost(), 'HostRebootRequested'), boots().length]).toEqual([[], 1]);
  });

  it('boots once, however often its job is delivered', async () => {
    await allowReboots();
    const worker = await installation.startWorker();
    installation.queue.repeats = 2;
    const { tenant, workload } = await oneWaits();
    await installation.reaches(tenant, workload, 'succeeded');
    const [asked] = ofType(await onHost(), 'HostRebootRequested');
    const data = { hostId: host, position: asked?.position ?? 0, correlationId: 'again' };
    await rebootHost(worker.jobs, data);
    expect(boots()).toHaveLength(2);
    await findNothing();
  });

  it('boots although the queue has lost the job, and not while it is in quarantine', async () => {
    await allowReboots();
    installation.queue.lost = ['reboot-host'];
    await installation.startWorker({ reconcileEveryMs: 50, reissueAfterMs: 100 });
    const { tenant, workload } = await oneWaits();
    await requested();
    await installation.onHost(host, {
      ...{ kind: 'quarantine', reason: 'odd', stop: false },
      nowMs: 1,
    });
    installation.queue.lost = [];
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(boots()).toHaveLength(1);
    await installation.onHost(host, { kind: 'release', reason: 'fine', nowMs: Date.now() });
    await installation.reaches(tenant, workload, 'succeeded');
    expect(boots()).toHaveLength(2);
    await findNothing();
  });
});
