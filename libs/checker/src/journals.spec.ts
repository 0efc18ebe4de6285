import type { HostId } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { cleanStory } from '../../../test/domain/clean-story.js';
import { find, without } from '../../../test/domain/tampering.js';
import { checkLog } from './check-log.js';
import type { JournalEntry } from './journal-entry.js';

const { world, hosts, workloads } = cleanStory();
const clean = world.log.events;

type Edit = (entries: JournalEntry[], hostId: HostId) => JournalEntry[];

/** The journals of the clean story after somebody's edit, entries numbered anew. */
function journals(edit: Edit) {
  return world.journals().map(({ hostId, entries }) => ({
    hostId,
    entries: edit([...entries], hostId).map((entry, at) => ({ ...entry, seq: at + 1 })),
  }));
}

async function caught(edit: Edit, detail: RegExp, events = clean) {
  const report = await checkLog({ events, journals: journals(edit) });
  const found = report.violations.filter((violation) => violation.check === 'promise-5-journals');
  expect(found.map((violation) => violation.detail).join('\n')).toMatch(detail);
}

const altering =
  (kind: string, workloadId: string, change: Partial<JournalEntry>): Edit =>
  (entries) =>
    entries.map((entry) =>
      entry.kind === kind && entry.workloadId === workloadId ? { ...entry, ...change } : entry,
    );

describe('promise 5 by the journals of the hosts', () => {
  it('agrees with a log that told the truth', async () => {
    const report = await checkLog({ events: clean, journals: world.journals() });
    expect(report.violations).toEqual([]);
    expect(report.journalEntries).toBeGreaterThan(20);
  });

  it('says what it could not check without journals, and for which hosts', async () => {
    const none = await checkLog({ events: clean });
    expect(none.notChecked.join(' ')).toMatch(/without journals nothing shows what/);
    const one = await checkLog({ events: clean, journals: world.journals().slice(0, 1) });
    expect(one.notChecked.join(' ')).toContain(hosts[1]);
  });

  it('says so where a journal goes on after the end of the log, and judges only what it can', async () => {
    const cut = find(
      clean,
      'StartAuthorized',
      (_, { stream }) => stream === workloads.ben,
    ).position;
    const events = clean.slice(0, cut - 1);
    const report = await checkLog({ events, journals: world.journals() });
    expect(report.violations).toEqual([]);
    expect(report.notChecked.join(' ')).toMatch(/\d+ journal entries have causes after position/);
  });

  it('finds an effect that no event permits', async () => {
    await caught(altering('start', workloads.ann, { fence: { token: 1, cause: 1 } }), /no event/);
    const { position } = find(clean, 'WorkloadPlaced', (_, { stream }) => stream === workloads.ann);
    const early = altering('create', workloads.ann, { fence: { token: 1, cause: position } });
    await caught(early, /create of cs_\w+ for position \d+, which holds WorkloadPlaced/);
  });

  it("finds an effect that leans on another workload's permission", async () => {
    const other = find(clean, 'StartAuthorized', (_, { stream }) => stream === workloads.ben);
    const fence = { token: 1, cause: other.position };
    await caught(altering('start', workloads.ann, { fence }), /holds StartAuthorized of wl_/);
  });

  it('lets leftovers be removed because of the boot of their host, and nothing that holds a place', async () => {
    const booted = find(clean, 'HostBooted', (_, { stream }) => stream === hosts[0]).position;
    const remove = altering('release', workloads.ann, { fence: { token: 1, cause: booted } });
    const removed = await checkLog({ events: clean, journals: journals(remove) });
    expect(removed.violations).toEqual([]);
    const events = without(
      clean,
      'ComputeSystemReleased',
      (_, { stream }) => stream === workloads.ann,
    );
    await caught(remove, /release of cs_\w+ for position \d+, which holds HostBooted/, events);
  });

  it('finds a wall that is not the one that was decided', async () => {
    await caught(
      altering('create', workloads.hostile, { isolation: 'process' }),
      /as process, dec/,
    );
  });

  it('finds a silo on another kernel, and an attempt on another host', async () => {
    const kernelInstanceId = `ki_${'e'.repeat(32)}` as const;
    await caught(altering('create', workloads.ann, { kernelInstanceId }), /on ki_e+, placed on/);
    const swapped = world.journals().map(({ entries }, at) => ({
      hostId: hosts[1 - at] as HostId,
      entries,
    }));
    const report = await checkLog({ events: clean, journals: swapped });
    expect(report.violations.map(({ detail }) => detail).join(' ')).toMatch(/the log placed on/);
  });

  it('finds a run that the log never placed', async () => {
    const computeSystemId = `cs_${'d'.repeat(32)}` as const;
    await caught(altering('create', workloads.ann, { computeSystemId }), /the log never placed/);
  });

  it('finds a workload that ran twice at the same time', async () => {
    const [first, second] = clean.filter(
      ({ event, stream }) => event.type === 'WorkloadPlaced' && stream === workloads.moved,
    );
    expect(first && second).toBeDefined();
    const ended = (entry: JournalEntry) =>
      entry.kind === 'exit' &&
      entry.workloadId === workloads.moved &&
      entry.exitType === 'ForcedExit';
    await caught(
      (entries) =>
        entries.map((entry) => (ended(entry) ? { ...entry, atMs: entry.atMs + 1e6 } : entry)),
      /ran twice at once: cs_\w+ on host_\w+ and cs_/,
    );
  });

  it('finds an id that was created or started a second time', async () => {
    const again =
      (kind: string): Edit =>
      (entries) => {
        const meant = entries.filter((entry) => entry.kind === kind);
        return [...entries, ...meant];
      };
    await caught(again('create'), /create of cs_\w+, which is released/);
    await caught(again('start'), /start of cs_\w+, which is released/);
  });

  it('finds a stale token that was obeyed', async () => {
    await caught(
      (entries) =>
        entries.map((entry, at) =>
          at === 3 ? { ...entry, fence: { token: 9, cause: 1 } } : entry,
        ),
      /with token 1 after 9/,
    );
  });

  it('finds a missing entry', async () => {
    const given = world.journals().map(({ hostId, entries }) => ({
      hostId,
      entries: entries.filter((entry) => entry.seq !== 4),
    }));
    const report = await checkLog({ events: clean, journals: given });
    expect(report.violations.map(({ detail }) => detail).join(' ')).toMatch(
      /entry 5 follows entry 3/,
    );
  });

  it('finds a start or an exit that the log made up', async () => {
    const dropped =
      (kind: string): Edit =>
      (entries) =>
        entries.filter((entry) => entry.kind !== kind);
    await caught(dropped('started'), /says that cs_\w+ started, host_\w+ never did it/);
    const lied = altering('exit', workloads.ann, { exitCode: 7 });
    await caught(lied, /ended with GracefulExit 0, its host GracefulExit 7/);
  });

  it('accepts that a machine which came back by itself ended everything of the boot before', async () => {
    const died: Edit = (entries, hostId) => {
      if (hostId !== hosts[0]) return entries;
      return [...entries, { ...(entries[0] as JournalEntry), atMs: 9e12, bootId: 'after' }];
    };
    const report = await checkLog({ events: clean, journals: journals(died) });
    expect(report.violations).toEqual([]);
  });

  it('finds an effect whose permission was removed from the log', async () => {
    const events = without(clean, 'StartAuthorized', (_, { stream }) => stream === workloads.ann);
    await caught((entries) => entries, /start of cs_/, events);
  });
});
