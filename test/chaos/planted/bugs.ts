import { type Mutation, plant } from '../../mutations/mutation.js';
import { repeatDispatch } from '../system/repeat-dispatch.js';
import { runSchedule } from '../system/run-schedule.js';
import { actsWith } from '../system/schedule.js';

/** A bug between processes and stores, and what of the suite has to notice it. */
export interface PlantedBug {
  readonly mutation: Mutation;
  /** In sentences, what is wrong with the programs below that folder. */
  readonly look: (programs: string | undefined, seed: number) => Promise<readonly string[]>;
}

const SECONDS = 14;
const WORKLOADS = 80;

/** The same schedules as ever, of those acts alone that could bring such a bug to light. */
const schedulesOf =
  (...names: readonly string[]): PlantedBug['look'] =>
  async (programs, seed) => {
    const acts = actsWith('Postgres').filter(({ name }) => names.includes(name));
    if (acts.length !== names.length) throw new Error(`there are no acts ${names.join(', ')}`);
    const setting = { seed, seconds: SECONDS, workloads: WORKLOADS, acts };
    const { wrong } = await runSchedule(
      programs === undefined ? setting : { ...setting, programs },
    );
    return wrong;
  };

/** One of each class of bugs that a crash, a pause or a repetition brings to light. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    mutation: {
      bug: 'answers a submission before it is recorded (ack before append)',
      edits: [
        {
          file: 'apps/api/src/workloads/submit-workload.handler.ts',
          find: 'const executed = await executeFor(caller, {',
          replace: 'const executing = executeFor(caller, {',
        },
        {
          file: 'apps/api/src/workloads/submit-workload.handler.ts',
          find: 'if (!executed.accepted) throw rejected(executed.rejection);',
          replace:
            'await Promise.race([executing.catch(() => null), new Promise((decided) => setTimeout(decided, 20))]);',
        },
        {
          file: 'apps/api/src/workloads/submit-workload.handler.ts',
          find: 'appended: executed.appended',
          replace: 'appended: { nobody: "knows" }',
        },
      ],
    },
    look: schedulesOf('hold the log up and kill the apis'),
  },
  {
    mutation: plant(
      'obeys a worker whose lease was taken over (missing fence)',
      'libs/hypervisor/src/simulated/admission.ts',
      'if (token < highestToken) {',
      'if (token < 0) {',
    ),
    look: schedulesOf('pause a worker', 'pause every worker'),
  },
  {
    mutation: {
      bug: 'draws a job of its own for each delivery of an event (job id not derived from its event)',
      edits: [
        {
          file: 'apps/worker/src/dispatch/jobs-for-event.ts',
          find: '{ stream, tenant, position, metadata, eventId }: RecordedEvent,',
          replace: '{ stream, tenant, position, metadata }: RecordedEvent,',
        },
        {
          file: 'apps/worker/src/dispatch/jobs-for-event.ts',
          find: '  const data = {\n    tenantId: tenant as TenantId,',
          replace:
            '  const eventId = process.hrtime.bigint();\n  const data = {\n    tenantId: tenant as TenantId,',
        },
      ],
    },
    look: repeatDispatch,
  },
  {
    mutation: {
      bug: 'passes events before their effect is kept (checkpoint outside the transaction)',
      edits: [
        {
          file: 'libs/event-store/src/consumers/follower.ts',
          find: `    const { dataSource, leases, name } = this.options;
    await dataSource.transaction(async (transaction) => {`,
          replace: `    const { dataSource, leases, name } = this.options;
    const { lease, savedPosition: from } = this;
    await moveCheckpoint(dataSource.manager, { name, lease, owner: leases.owner, from, to });
    await dataSource.transaction(async (transaction) => {`,
        },
        {
          file: 'libs/event-store/src/consumers/follower.ts',
          find: `      await effect(transaction);
      const { lease, savedPosition: from } = this;
      await moveCheckpoint(transaction, { name, lease, owner: leases.owner, from, to });
`,
          replace: '      await effect(transaction);\n',
        },
      ],
    },
    look: schedulesOf('hold a consumer up and kill the workers one by one'),
  },
];
