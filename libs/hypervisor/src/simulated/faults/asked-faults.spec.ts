import type { RunFault } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { restartIds, running, someSpec } from '../../driver-scenario.contract.js';
import { EXIT_CODE } from '../hcs/exit-codes.js';
import { RESULT_CODES } from '../hcs/result-codes.js';
import type { HostSurroundings } from '../host-surroundings.js';
import { openHost } from '../open-host.contract.js';

beforeEach(restartIds);

const RUNS_MS = 10_000;
const BOOTS_WITHIN_MS = 60_000;
const STARTED_WITHIN_MS = 5_000;
const guestCrashed = RESULT_CODES.HCS_E_GUEST_CRITICAL_ERROR.hresult;

/** A host with a silo and a utility VM of others, and one that asks for the fault. */
function withNeighbours(
  isolation: 'process' | 'hyperv',
  fault: RunFault,
  surroundings: Partial<HostSurroundings> = {},
) {
  const opened = openHost({ cpuMillis: 64_000 }, surroundings);
  const begin = (...[wall, changes]: Parameters<typeof someSpec>) => {
    const spec = someSpec(wall, changes);
    opened.host.create(spec, opened.fence);
    opened.host.start(spec.computeSystemId, opened.fence);
    return spec.computeSystemId;
  };
  const long = running({ durationMs: 600_000 });
  const others = [begin('process', long), begin('hyperv', long)];
  opened.time.advance(STARTED_WITHIN_MS);
  const id = begin(isolation, running({ durationMs: RUNS_MS, fault }));
  opened.time.advance(STARTED_WITHIN_MS + RUNS_MS);
  return { ...opened, id, others };
}

describe('what a workload asks to go wrong with itself', () => {
  it.each([
    ['crash', 'process', EXIT_CODE.crashed],
    ['crash', 'hyperv', EXIT_CODE.crashed],
    ['oom', 'process', EXIT_CODE.commitmentLimit],
    ['oom', 'hyperv', EXIT_CODE.commitmentLimit],
    ['kernel-panic', 'hyperv', guestCrashed],
    ['kernel-panic', 'process', EXIT_CODE.crashed],
  ] as const)(
    'ends with %s in isolation %s it alone, with the code that Windows gives',
    (fault, isolation, exitCode) => {
      const { host, id, others } = withNeighbours(isolation, fault);
      expect(host.inspect(id)).toMatchObject({
        state: 'exited',
        exit: { exitCode, exitType: 'UnexpectedExit' },
      });
      for (const other of others) expect(host.inspect(other).state).toBe('running');
    },
  );

  it('takes its host down with a kernel panic in a silo only where the operator lets it', () => {
    const { host, time, id, others } = withNeighbours('process', 'kernel-panic', {
      kernelPanics: 'host',
    });
    expect(() => host.list()).toThrow('the kernel of the host has crashed');
    time.advance(BOOTS_WITHIN_MS);
    for (const gone of [id, ...others]) expect(host.inspect(gone).state).toBe('spent');
  });

  it('takes nothing down from a utility VM, whatever the operator lets silos do', () => {
    const { host, id, others } = withNeighbours('hyperv', 'kernel-panic', { kernelPanics: 'host' });
    expect(host.inspect(id)).toMatchObject({ exit: { exitCode: guestCrashed } });
    for (const other of others) expect(host.inspect(other).state).toBe('running');
  });

  it('takes no host down any more once nothing is to go wrong', () => {
    const calm = { kernelPanics: 'host', faultsComeAbout: () => false } as const;
    const { host, id } = withNeighbours('process', 'kernel-panic', calm);
    expect(host.inspect(id)).toMatchObject({ exit: { exitCode: EXIT_CODE.crashed } });
  });

  it.each(['process', 'hyperv'] as const)(
    'tries to escape in isolation %s, which the host writes down, and runs on to its own end',
    (isolation) => {
      const { host, id, others, entries } = withNeighbours(isolation, 'escape-attempt');
      const attempts = entries.filter(({ kind }) => kind === 'escape-attempt');
      expect(attempts.map(({ computeSystemId }) => computeSystemId)).toEqual([id]);
      const detail = attempts[0]?.detail ?? '';
      expect(detail.includes('contained')).toBe(isolation === 'hyperv');
      expect(detail.includes(others[0] ?? '?')).toBe(isolation === 'process');
      expect(host.inspect(id)).toMatchObject({ exit: { exitCode: 0, exitType: 'GracefulExit' } });
      const written = host.logs(id, 0).map(({ text }) => text);
      expect(written).toContain('escape attempt\n');
      for (const other of others) expect(written.join('')).not.toContain(other);
    },
  );
});
