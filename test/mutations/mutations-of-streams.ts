import { type Mutation, plant } from './mutation.js';

/** What streams let in that they must not, or no longer tell. */
export const mutationsOfStreams: readonly Mutation[] = [
  {
    bug: 'goes on after the end of a workload',
    edits: [
      {
        file: 'workload/command-table.ts',
        find: "if (isTerminal(status)) return 'ended';",
        replace: '',
      },
      {
        file: 'workload/evolve.ts',
        find: 'if (isTerminal(state.status)) {',
        replace: 'if (state.nextAttempt < 0) {',
      },
    ],
  },
  {
    bug: 'ends a workload twice',
    edits: [
      {
        file: 'workload/decide-outcome.ts',
        find: "return [event<WorkloadCancelled>('WorkloadCancelled', nowMs, number)];",
        replace:
          "return [event<WorkloadCancelled>('WorkloadCancelled', nowMs, number), event<WorkloadTimedOut>('WorkloadTimedOut', nowMs, number)];",
      },
      {
        file: 'workload/evolve.ts',
        find: 'if (isTerminal(state.status)) {',
        replace: 'if (state.nextAttempt < 0) {',
      },
    ],
  },
  plant(
    'places a workload that holds a place',
    'workload/command-table.ts',
    "const placing: Row = { ...known, ...holdsPlace, waiting: 'decide' };",
    "const placing: Row = { ...known, waiting: 'decide', placed: 'decide', authorized: 'decide' };",
  ),
  plant(
    'starts what its tenant has outgrown',
    'workload/decide.ts',
    'if (breach !== null) {',
    "if (breach === 'drain') {",
  ),
  plant(
    'starts for a suspended tenant',
    'workload/decide.ts',
    "if (command.suspended) return reject('TENANT_SUSPENDED', 'The tenant is suspended.');",
    '',
  ),
  plant(
    'starts what is being stopped',
    'workload/decide.ts',
    "if (isStopping(state)) return reject('ATTEMPT_STOPPING', 'The attempt is being stopped.');",
    '',
  ),
  plant(
    'leaves silos of a tenant that became hostile where they are',
    'isolation/breach.ts',
    "if (tenant.trust === 'hostile') return 'trust-changed';",
    '',
  ),
  plant(
    'leaves silos of a tenant that changed its boundary where they are',
    'isolation/breach.ts',
    "return placed.trustBoundary === tenant.trustBoundary ? null : 'boundary-changed';",
    'return null;',
  ),
  plant(
    'lets a tenant that lost its trust stay in its group',
    'tenant/decide.ts',
    "const to = standing === 'grouped' ? joined : ownBoundary(tenantId as TenantId);",
    "const to = command.kind === 'change-trust' ? from : standing === 'grouped' ? joined : ownBoundary(tenantId as TenantId);",
  ),
  {
    bug: 'believes in the release of what runs',
    edits: [
      {
        file: 'workload/attempt-stages.ts',
        find: "  started: {\n    ComputeSystemExited: 'exited',",
        replace:
          "  started: {\n    ComputeSystemReleased: 'released',\n    ComputeSystemExited: 'exited',",
      },
      {
        file: 'workload/command-table.ts',
        find: "    'start-failed': 'decide',\n    exited: 'decide',",
        replace: "    started: 'decide',\n    'start-failed': 'decide',\n    exited: 'decide',",
      },
    ],
  },
  plant(
    'tries again after the last attempt',
    'workload/decide-outcome.ts',
    'const isLast = counted >= maxAttempts ||',
    'const isLast = counted > maxAttempts ||',
  ),
  plant(
    'counts evictions against the restart policy',
    'workload/decide-outcome.ts',
    "if (eviction !== null) return { cause: 'evicted', counts: false, detail: eviction };",
    "if (eviction !== null) return { cause: 'evicted', counts: true, detail: eviction };",
  ),
  plant(
    'lets a host go that may hold something',
    'host/host-acts.ts',
    "    { when: 'may-hold-places', answer: 'HOST_NOT_DRAINED' },\n",
    '',
  ),
  plant(
    'takes a fenced host back with its old boot',
    'host/host-reports.ts',
    "lost: 'HostRecovered',\n    fenced: 'nothing',",
    "lost: 'HostRecovered',\n    fenced: 'HostRecovered',",
  ),
  plant(
    'runs a batch again that is over',
    'batch/batch-table.ts',
    "running: 'nothing',\n    paused: 'decide',\n    cancelling: 'BATCH_CANCELLING',\n    overdue: 'BATCH_OVERDUE',\n    succeeded: 'BATCH_ENDED',",
    "running: 'nothing',\n    paused: 'decide',\n    cancelling: 'BATCH_CANCELLING',\n    overdue: 'BATCH_OVERDUE',\n    succeeded: 'decide',",
  ),
  plant(
    'begins a batch although one that it comes after has failed',
    'batch/terms.ts',
    'if (failed === null) {',
    'if (failed === null || taskCount > 0) {',
  ),
  plant(
    'says of a batch that its tasks failed when its deadline had passed',
    'batch/decide.ts',
    "status === 'overdue' ? 'deadline' : 'tasks'",
    "status === 'overdue' ? 'tasks' : 'tasks'",
  ),
  plant(
    'releases evidence in quarantine',
    'host/state.ts',
    "return quarantine !== null && condition !== 'fenced';",
    "return quarantine?.stop === true && condition !== 'fenced';",
  ),
  plant(
    'forgets a drain when its host boots',
    'host/state.ts',
    "return { ...before, condition: 'up', conditionReason: null, boot };",
    "return { ...before, drain: null, condition: 'up', conditionReason: null, boot };",
  ),
];
