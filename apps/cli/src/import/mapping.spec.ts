import {
  canRunInSilo,
  compatibilityTable,
  parseOsVersion,
  seededCatalogue,
} from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import type { SwfJob } from '../swf/swf-job.js';
import { parseHostileChoice } from './hostile-choice.js';
import { jobRequest, processorsOf, runSecondsOf } from './job-request.js';
import { imageMapping, NoRunnableImage } from './map-images.js';
import { HOST_OS_VERSIONS, planHosts } from './plan-hosts.js';
import { ImpossibleChoice, planTenants, type TenantChoices } from './plan-tenants.js';

const user = (number: number | null, ...groups: number[]) => ({ user: number, jobs: 1, groups });
const users = Array.from({ length: 50 }, (_, index) => user(index + 1, index < 10 ? 2 : 1));
const choices = (some: Partial<TenantChoices> = {}): TenantChoices => ({
  trustedGroup: 2,
  hostile: { kind: 'percentage', percentage: 20 },
  seed: 1,
  suffix: '',
  ...some,
});
const job = (some: Partial<SwfJob>): SwfJob => ({
  line: 1,
  jobNumber: 1,
  submitSeconds: 0,
  runSeconds: 10,
  allocatedProcessors: 4,
  requestedProcessors: 8,
  requestedSeconds: 20,
  user: 1,
  group: 1,
  application: 1,
  ...some,
});
const table = compatibilityTable(1);
const versions = HOST_OS_VERSIONS.map((text) => parseOsVersion(text)).filter((v) => v !== null);

describe('the tenants of a job log', () => {
  it('are one for each user: the trusted group in one boundary, the others alone', () => {
    const tenants = planTenants(users, choices());
    expect(tenants).toHaveLength(50);
    const trusted = tenants.filter(({ trust }) => trust === 'trusted');
    expect(trusted.map(({ user }) => user)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(new Set(trusted.map(({ boundaryGroup }) => boundaryGroup))).toEqual(
      new Set(['group-2']),
    );
    const others = tenants.filter(({ trust }) => trust !== 'trusted');
    expect(others.every(({ boundaryGroup }) => boundaryGroup === null)).toBe(true);
    expect(tenants[11]?.name).toBe('user-12');
  });

  it('are hostile in the asked percentage of all users, never in the trusted group', () => {
    const hostile = planTenants(users, choices()).filter(({ trust }) => trust === 'hostile');
    expect(hostile).toHaveLength(10);
    expect(hostile.every(({ user }) => user !== null && user > 10)).toBe(true);
  });

  it('are picked the same way every time, and differently with another seed', () => {
    const picked = (seed: number) =>
      planTenants(users, choices({ seed })).filter(({ trust }) => trust === 'hostile');
    expect(picked(1)).toEqual(picked(1));
    expect(picked(1)).not.toEqual(picked(2));
  });

  it('can be named hostile one by one', () => {
    const tenants = planTenants(users, choices({ hostile: { kind: 'users', users: [12, 14] } }));
    expect(tenants.filter(({ trust }) => trust === 'hostile').map(({ name }) => name)).toEqual([
      'user-12',
      'user-14',
    ]);
  });

  it.each([
    [3, 'belongs to the trusted group'],
    [99, 'has no job'],
  ])('cannot make user %i hostile', (number, because) => {
    const hostile = { kind: 'users', users: [number] } as const;
    expect(() => planTenants(users, choices({ hostile }))).toThrow(ImpossibleChoice);
    expect(() => planTenants(users, choices({ hostile }))).toThrow(because);
  });

  it('are standard where nothing else is said, the unknown user too', () => {
    const tenants = planTenants(
      [user(null, 1), user(7, 2)],
      choices({ trustedGroup: null, hostile: { kind: 'users', users: [] }, suffix: '-ab' }),
    );
    expect(tenants.map(({ name, trust }) => [name, trust])).toEqual([
      ['user-unknown-ab', 'standard'],
      ['user-7-ab', 'standard'],
    ]);
  });

  it.each(['120%', '-3%', '3,x', '', '3;4', '%'])('cannot be chosen by %j', (text) => {
    expect(() => parseHostileChoice(text)).toThrow(RangeError);
  });

  it('can be chosen by a percentage or by numbers', () => {
    expect(parseHostileChoice('12.5%')).toEqual({ kind: 'percentage', percentage: 12.5 });
    expect(parseHostileChoice('3, 7,9')).toEqual({ kind: 'users', users: [3, 7, 9] });
  });
});

describe('a job of the log', () => {
  it('takes allocated, else requested processors, else one', () => {
    expect(processorsOf(job({}))).toBe(4);
    expect(processorsOf(job({ allocatedProcessors: null }))).toBe(8);
    expect(processorsOf(job({ allocatedProcessors: null, requestedProcessors: null }))).toBe(1);
    expect(processorsOf(job({ allocatedProcessors: 0 }))).toBe(1);
  });

  it('runs as long as logged, else as requested, else one second', () => {
    expect(runSecondsOf(job({ runSeconds: 0 }))).toBe(0);
    expect(runSecondsOf(job({ runSeconds: null }))).toBe(20);
    expect(runSecondsOf(job({ runSeconds: null, requestedSeconds: null }))).toBe(1);
  });

  it('becomes a workload of so many processors, faster by the chosen speed', () => {
    const mapping = {
      perProcessor: { cpuMillis: 1_000, memoryMiB: 64 },
      speed: 100,
      imageOf: () => 'some/image:1',
    };
    expect(jobRequest(job({}), mapping)).toEqual({
      image: 'some/image:1',
      resources: { cpuMillis: 4_000, memoryMiB: 256 },
      simulation: { durationMs: 100, exitCode: 0 },
    });
    expect(jobRequest(job({ runSeconds: 0 }), mapping).simulation.durationMs).toBe(1);
    expect(jobRequest(job({ runSeconds: 2 ** 40 }), mapping).simulation.durationMs).toBe(
      2_592_000_000,
    );
  });
});

describe('the images of applications', () => {
  const imageOf = imageMapping(seededCatalogue, versions, table, { unknownEvery: 10 });
  const references = new Set(seededCatalogue.map(({ reference }) => reference));

  it('are images of the catalogue, the same for the same application, all of them in turn', () => {
    const given = Array.from({ length: 200 }, (_, index) => imageOf(index)).filter((reference) =>
      references.has(reference),
    );
    expect(new Set(given)).toEqual(references);
    expect(imageOf(13)).toBe(imageOf(13));
    expect(imageOf(null)).toBe(imageOf(0));
  });

  it('need a silo and a utility VM in turn, a silo first, so that few applications meet both', () => {
    const silos = seededCatalogue
      .filter((image) => versions.some((version) => canRunInSilo(version, image, table)))
      .map(({ reference }) => reference);
    const inSilo = [1, 2, 3, 4, 5, 6].map((application) => silos.includes(imageOf(application)));
    expect(inSilo).toEqual([true, false, true, false, true, false]);
    expect(imageOf(null)).toBe(imageOf(1));
  });

  it('are unknown for every tenth application', () => {
    const unknown = Array.from({ length: 100 }, (_, index) => index + 1).filter(
      (application) => !references.has(imageOf(application)),
    );
    expect(unknown).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(imageOf(10)).not.toBe(imageOf(20));
    const known = imageMapping(seededCatalogue, versions, table, { unknownEvery: 0 });
    expect(references.has(known(10))).toBe(true);
  });

  it('are only those that some host can run', () => {
    const old = parseOsVersion('10.0.17763.5576');
    const onOld = imageMapping(seededCatalogue, old === null ? [] : [old], table, {
      unknownEvery: 0,
    });
    const given = new Set(Array.from({ length: 50 }, (_, index) => onOld(index)));
    expect([...given].some((reference) => /ltsc20(22|25)/.test(reference))).toBe(false);
    expect(() => imageMapping(seededCatalogue, [], table, { unknownEvery: 0 })).toThrow(
      NoRunnableImage,
    );
  });
});

describe('the hosts of an import', () => {
  const hosts = planHosts({
    count: 4,
    largestProcessors: 128,
    perProcessor: { cpuMillis: 1_000, memoryMiB: 64 },
    utilityVmReserve: { cpuMillis: 100, memoryMiB: 1_012 },
    speed: 500,
    seed: 7,
    faults: { seed: 5 },
    suffix: '-ab',
  });

  it('fit the largest job inside a utility VM, and others beside it', () => {
    for (const { cpuMillis, memoryMiB } of hosts) {
      expect(cpuMillis).toBeGreaterThanOrEqual(128_100);
      expect(memoryMiB).toBeGreaterThanOrEqual(128 * 64 + 1_012 * 2);
    }
  });

  it('run both releases of Windows with Hyper-V, as fast as the jobs', () => {
    expect(hosts.map(({ osVersion }) => osVersion)).toEqual([
      ...HOST_OS_VERSIONS,
      ...HOST_OS_VERSIONS,
    ]);
    expect(hosts.every(({ hypervPresent }) => hypervPresent)).toBe(true);
    expect(hosts.map(({ simulation }) => simulation)).toEqual(
      [7, 8, 9, 10].map((seed) => ({ timeScale: 500, seed, faults: { seed: 5 } })),
    );
    expect(new Set(hosts.map(({ name }) => name)).size).toBe(4);
  });
});
