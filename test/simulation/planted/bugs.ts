import { type Mutation, plant } from '../../mutations/mutation.js';

/**
 * Bugs between processes, which no single decision shows: each has to be found by playing worlds. The
 * files are named from the root of the repository.
 */
export const bugs: readonly Mutation[] = [
  plant(
    'starts what a silent host still runs once more elsewhere (double start)',
    'apps/worker/src/observe/host-observer.ts',
    "if (this.condition() === 'lost' && tenure.isHostLeaseOver() && this.lasts(tenure)) {",
    "if (this.condition() === 'lost') {",
  ),
  {
    bug: 'counts silence and the end of a host’s own lease from before it took the host over',
    edits: [
      {
        file: 'apps/worker/src/observe/host-observer.ts',
        find: 'this.provisionedAtMs = parts.steadyClock();',
        replace:
          'this.provisionedAtMs = parts.steadyClock();\n    this.tenure = new Tenure(0, parts);',
      },
      {
        file: 'apps/worker/src/observe/host-observer.ts',
        find: 'if (this.tenure?.token !== token) this.tenure = new Tenure(token, this.parts);',
        replace: 'Object.assign(this.tenure ?? {}, { token });',
      },
    ],
  },
  plant(
    'never hears of an exit whose notice was lost (lost exit)',
    'apps/worker/src/observe/compare-with-log.ts',
    "if (status.state === 'exited') return { kind: 'report', tracked, status };",
    '',
  ),
  plant(
    'keeps the room of a placement that the log has refused (leaked reservation)',
    'apps/worker/src/place/carry-out-round.ts',
    'this.append(placement, command, { streams, guards }, () => this.withdraw(workloadId));',
    'this.append(placement, command, { streams, guards }, () => this.list.keep(workloadId));',
  ),
  plant(
    'lets a second boundary onto a kernel because the claim of the first is not on record (shared kernel)',
    'libs/domain/src/placement/round/open-round.ts',
    'claim: claimsKernel ? { kernelInstanceId: hostKernel, version: kernelVersion } : null,',
    'claim: null,',
  ),
  {
    bug: 'passes over an event that came between a read and the look at the head (skipped event)',
    edits: [
      {
        file: 'libs/event-store/src/log/look-on.ts',
        find: 'const head = await log.head();\n',
        replace: '',
      },
      {
        file: 'libs/event-store/src/log/look-on.ts',
        find: 'const throughPosition = Math.min(head, afterPosition + LOOK_POSITIONS_MAX);\n  if (throughPosition <= afterPosition) {\n    return { events: [], throughPosition: afterPosition, isAtEnd: true };\n  }\n  const events = await log.readAll({ ...options, throughPosition });\n',
        replace:
          'const events = await log.readAll(options);\n  const head = await log.head();\n  const throughPosition = Math.max(head, afterPosition);\n',
      },
    ],
  },
  plant(
    'starts for a tenant whose trust or boundary has changed since it was looked at',
    'apps/worker/src/jobs/authorize-start.ts',
    'alongside: () => ({ guards: [...guardsOf(seen), ...clone.guards] }),',
    'alongside: () => ({ guards: clone.guards }),',
  ),
  plant(
    'starts on a boot that came after the placement',
    'apps/worker/src/jobs/authorize-start.ts',
    'const ofThisBoot = placedAt > (bootedAt.get(attempt.hostId) ?? Number.POSITIVE_INFINITY);',
    'const ofThisBoot = placedAt > 0;',
  ),
  plant(
    'lets go of what never started although its start is on the way',
    'apps/worker/src/jobs/stop-workload.ts',
    'await driver.release(computeSystemId, fence).catch((error: unknown) => {',
    'await Promise.resolve().catch((error: unknown) => {',
  ),
  plant(
    'creates tasks of a batch that was cancelled by somebody else',
    'apps/worker/src/batches/create-task.ts',
    '{ stream: batchId, version: batch.version },',
    '',
  ),
  plant(
    'places by a policy that was replaced',
    'libs/domain/src/placement/round/open-round.ts',
    "{ stream: 'policy', version: fleet.policy.version },",
    '',
  ),
  plant(
    'gives the room of a placement to others while nobody knows whether it is recorded yet',
    'apps/worker/src/place/carry-out-round.ts',
    'const isRefused = NOT_RECORDED.some((kind) => error instanceof kind);',
    'const isRefused = true;',
  ),
];
