import { type HostSpec, prefixedId, type TemplateId } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import {
  FOREVER,
  LEASE_TTL_MS,
  newId,
  someHost,
  someImage,
  someSpec,
} from '../driver-scenario.contract.js';
import { CALIBRATION } from './calibration.js';
import { HostHistory, type JournalEntry, SimulatedFleet, VirtualTime } from './index.js';
import { SAVING_MIB, TEMPLATE_PAGES_MIB, WARM_COPY_MIB } from './vm-template.js';

const FENCE = { token: 1, cause: 1 };
const LONG_MS = 50_000;
const image = someImage();
const hex = () => newId().slice('cs_'.length);
let boots = 0;

function machine(memoryMiB: number) {
  const time = new VirtualTime(1_000_000);
  const journal: JournalEntry[] = [];
  const fleet = new SimulatedFleet({
    clock: time.clock,
    timers: time,
    uuid: () => `templates-${++boots}`,
    timeScale: 1,
    openJournal: () => ({
      sink: { append: (entry) => journal.push(entry) },
      history: new HostHistory(),
    }),
    keep: () => {},
  });
  const spec: HostSpec = someHost({
    ...{ memoryMiB, cpuMillis: 64_000 },
    simulation: { timeScale: 1, seed: 7 },
  });
  fleet.provision(spec, FENCE);
  const host = fleet.host(spec.hostId);
  const { bootId } = host.fingerprint();
  const renew = () => host.renewLease(bootId, FENCE, LEASE_TTL_MS);
  renew();
  const template = (warmCopies: number): TemplateId => {
    const templateId: TemplateId = `tpl_${hex()}`;
    const kernelInstanceId = prefixedId('ki', hex());
    host.templates.save({ templateId, kernelInstanceId, image, bootId, warmCopies }, FENCE);
    return templateId;
  };
  const pass = (ms: number) => {
    for (let left = ms; left > 0; left -= LEASE_TTL_MS / 2) {
      renew();
      time.advance(Math.min(left, LEASE_TTL_MS / 2));
    }
  };
  const abandon = () => time.advance(2 * LEASE_TTL_MS);
  return { host, journal, template, pass, abandon, renew };
}

const workload = (memoryMiB: number, clonedFrom?: TemplateId) =>
  someSpec('hyperv', {
    image,
    resources: { cpuMillis: 100, memoryMiB },
    reserved: { cpuMillis: 200, memoryMiB: memoryMiB + 1_012 },
    ...FOREVER,
    ...(clonedFrom === undefined ? {} : { clonedFrom }),
  });

describe('the memory of templates', () => {
  it('is what nobody was promised: copies and then the template give way to a workload', () => {
    const { host, journal, template, pass } = machine(4_096);
    const templateId = template(2);
    pass(LONG_MS);
    expect(host.templates.list()).toMatchObject([{ state: 'saved', warmCopies: 2 }]);
    host.create(workload(4_096 - 1_012 - TEMPLATE_PAGES_MIB - WARM_COPY_MIB), FENCE);
    expect(host.templates.list()).toMatchObject([{ warmCopies: 1 }]);
    host.create(workload(0), FENCE);
    expect(host.templates.list()).toEqual([]);
    expect(journal.at(-1)).toMatchObject({ kind: 'template-given-up', templateId });
  });

  it('is found again by copies when a workload has ended', () => {
    const { host, template, pass } = machine(4_096);
    template(2);
    pass(LONG_MS);
    const passing = workload(4_096 - 1_012 - TEMPLATE_PAGES_MIB);
    host.create(passing, FENCE);
    expect(host.templates.list()).toMatchObject([{ warmCopies: 0 }]);
    host.terminate(passing.computeSystemId, FENCE);
    pass(LONG_MS);
    expect(host.templates.list()).toMatchObject([{ warmCopies: 2 }]);
  });

  it('lets a host hold more clones than utility VMs that were booted', () => {
    const booted = 4;
    const memoryMiB = booted * 1_012 + booted * 100;
    const held = (clonedFrom: boolean) => {
      const { host, template, pass } = machine(memoryMiB);
      const templateId = template(0);
      pass(LONG_MS);
      for (let count = 0; count < 100; count += 1) {
        try {
          host.create(workload(100, clonedFrom ? templateId : undefined), FENCE);
        } catch {
          return count;
        }
      }
      throw new Error('a host without end');
    };
    expect(held(false)).toBe(booted);
    expect(held(true)).toBe(Math.floor(memoryMiB / (1_112 - TEMPLATE_PAGES_MIB)));
  });

  it('keeps a template that clones hold, and makes room for all that was promised all the same', () => {
    const { host, template, pass } = machine(4 * 1_112);
    const templateId = template(1);
    pass(LONG_MS);
    host.create(workload(100, templateId), FENCE);
    for (let count = 1; count < 4; count += 1) host.create(workload(100), FENCE);
    expect(host.templates.list()).toMatchObject([{ templateId, clones: 1, warmCopies: 0 }]);
  });

  it('is refused to a template that would need what workloads hold', () => {
    const { host, template } = machine(2_048);
    host.create(workload(2_048 - 1_012 - SAVING_MIB + 1), FENCE);
    expect(() => template(0)).toThrow(`needs ${SAVING_MIB} MiB`);
    expect(host.templates.list()).toEqual([]);
  });
});

describe('the time that templates save', () => {
  const median = (path: 'cold' | 'cloned' | 'claimed') => {
    const tookMs = Array.from({ length: 41 }, () => {
      const { host, template, pass } = machine(16_384);
      const templateId = template(path === 'claimed' ? 1 : 0);
      pass(LONG_MS);
      const spec = workload(100, path === 'cold' ? undefined : templateId);
      host.create(spec, FENCE);
      host.start(spec.computeSystemId, FENCE);
      pass(LONG_MS);
      const { stages } = host.inspect(spec.computeSystemId);
      expect(stages[0]?.path).toBe(path);
      return (stages.at(-1)?.finishedAtMs ?? 0) - (stages[0]?.startedAtMs ?? 0);
    });
    return tookMs.sort((a, b) => a - b)[20] ?? 0;
  };

  it('is the calibrated part of a start for a clone, and nearly the whole boot for a ready copy', () => {
    const coldMs = median('cold');
    expect(median('cloned') / coldMs).toBeCloseTo(CALIBRATION.cloneFactor.value, 0);
    const containerMs = coldMs * (1 - CALIBRATION.utilityVmBootShare.value);
    const claimedMs = median('claimed');
    expect(claimedMs).toBeLessThan(1.5 * (containerMs + CALIBRATION.warmPoolClaim.value));
    expect(claimedMs).toBeGreaterThan(CALIBRATION.warmPoolClaim.value);
  });
});

describe('a host that comes back', () => {
  it('remembers which templates are spent', () => {
    const { journal, template, pass } = machine(8_192);
    const templateId = template(0);
    pass(LONG_MS);
    const history = new HostHistory();
    for (const entry of journal) history.add(entry);
    expect([...history.seenTemplateIds]).toEqual([templateId]);
    expect(journal.map(({ kind }) => kind)).toContain('template-saved');
  });

  it('has no template when its lease ends, because nobody may command it any more', () => {
    const { host, template, pass, abandon, renew } = machine(8_192);
    const templateId = template(1);
    pass(LONG_MS);
    expect(host.templates.list()).toMatchObject([{ templateId, warmCopies: 1 }]);
    abandon();
    expect(host.templates.list()).toEqual([]);
    renew();
    expect(() => host.create(workload(100, templateId), FENCE)).toThrow(templateId);
  });
});
