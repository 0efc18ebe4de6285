import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT_CODE, RESULT_CODES } from '@bulkhead/hypervisor/simulated';
import { describe, expect, it } from 'vitest';
import { COMMAND_TIMEOUT_MS, type CommandLine, IMAGE } from './command-line.contract.js';

const guestCrashed = RESULT_CODES.HCS_E_GUEST_CRITICAL_ERROR.hresult;

/** What comes of each fault for its tenant; the first tenant of an installation gets utility VMs only. */
const SEEN = [
  { fault: 'crash', isolation: 'hyperv', status: 'failed', exitCode: EXIT_CODE.crashed },
  { fault: 'oom', isolation: 'hyperv', status: 'failed', exitCode: EXIT_CODE.commitmentLimit },
  { fault: 'oom', isolation: 'process', status: 'failed', exitCode: EXIT_CODE.commitmentLimit },
  { fault: 'kernel-panic', isolation: 'hyperv', status: 'failed', exitCode: guestCrashed },
  { fault: 'kernel-panic', isolation: 'process', status: 'failed', exitCode: EXIT_CODE.crashed },
  { fault: 'escape-attempt', isolation: 'hyperv', status: 'succeeded', exitCode: 0 },
  { fault: 'escape-attempt', isolation: 'process', status: 'succeeded', exitCode: 0 },
] as const;

/** What tenant and auditor see of what a tenant asks to go wrong with its own work. */
export function describeAskedFaults({ bulkhead, json, home }: CommandLine): void {
  // Nothing else of the home is looked into, where Postgres takes folders away again that it had only just made.
  const journals = join(home, 'simulated-hosts', 'journals');
  /** What hosts wrote down of their own, a line each. */
  const journalled = (kind: string) =>
    readdirSync(journals)
      .flatMap((name) => readFileSync(join(journals, name), 'utf8').split('\n'))
      .filter((line) => line.includes(`"${kind}"`));

  /** As an auditor reads it over HTTP. */
  async function audited(workloadId: string) {
    const { url, auditor } = JSON.parse(readFileSync(join(home, 'credentials.json'), 'utf8'));
    const basic = Buffer.from(`${auditor.clientId}:${auditor.clientSecret}`).toString('base64');
    const token = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: bearer } = (await token.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${bearer}` };
    return (await fetch(`${url}/v1/audit/workloads/${workloadId}`, { headers })).json();
  }

  describe('a fault that a tenant asks for', () => {
    it.each(SEEN)(
      '$fault in isolation $isolation leaves its workload $status at its first attempt, and its host up',
      async ({ fault, isolation, status, exitCode }) => {
        const file = join(home, `asked-${fault}-${isolation}.json`);
        const simulation = { durationMs: 100, exitCode: 0, fault };
        const resources = { cpuMillis: 250, memoryMiB: 128 };
        const tasks = [{ image: IMAGE, resources, isolation, simulation }];
        writeFileSync(file, JSON.stringify({ name: fault, tasks }));
        const as = ['--as', isolation === 'process' ? 'Harbour Works' : 'Night Market'];
        const submitted = await bulkhead('batch', 'submit', file, '--json', ...as);
        expect(submitted.stderr).toBe('');
        const batch = JSON.parse(submitted.stdout);
        await bulkhead('batch', 'watch', batch.id, ...as);
        const tasksOf = await bulkhead('batch', 'tasks', batch.id, '--json', ...as);
        const [task] = JSON.parse(tasksOf.stdout);
        const workload = await json('get', task.workloadId, ...as);
        expect(workload).toMatchObject({ status, decision: { isolation }, exitCode });
        expect(workload.attempts).toHaveLength(1);
        const seen = await audited(task.workloadId);
        expect(JSON.stringify(seen)).toContain(`"exitCode":${exitCode}`);
        const escapes = journalled('escape-attempt').filter((line) =>
          line.includes(task.workloadId),
        );
        expect(escapes).toHaveLength(fault === 'escape-attempt' ? 1 : 0);
        const reaches = isolation === 'hyperv' ? 'contained' : 'reached the kernel of the host';
        if (escapes.length > 0) expect(escapes[0]).toContain(reaches);
      },
      COMMAND_TIMEOUT_MS,
    );
  });
}
