import { prefixedId } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { restartIds, running, someImage, someSpec } from '../../driver-scenario.contract.js';
import type { ComputeSystemProperties } from '../../properties.js';
import { openHost } from '../open-host.contract.js';

beforeEach(restartIds);

const core = someImage({
  base: 'servercore',
  reference: 'mcr.microsoft.com/windows/servercore:ltsc2022',
});
const ONE = '1'.repeat(32);
const LONG = running({ durationMs: 600_000 });

function started(isolation: 'process' | 'hyperv', image = someImage()) {
  const opened = openHost();
  const spec = someSpec(isolation, { image, command: ['C:\\tools\\job.exe', '--once'], ...LONG });
  opened.host.create(spec, opened.fence);
  opened.host.start(spec.computeSystemId, opened.fence);
  opened.time.advance(60_000);
  const properties = () => opened.host.properties(spec.computeSystemId);
  return { ...opened, spec, properties };
}

const namesIn = (properties?: ComputeSystemProperties) =>
  properties?.ProcessList.map(({ ImageName }) => ImageName);

describe('the properties of a compute system', () => {
  it('show a silo with the system processes of its base and the workload last', () => {
    const nano = started('process').properties();
    expect(nano).toHaveLength(1);
    expect(nano[0]).toMatchObject({ SystemType: 'Container', HostingSystemId: null });
    expect(namesIn(nano[0])).toHaveLength(13 + 1);
    expect(namesIn(nano[0])?.slice(-2)).toEqual(['CExecSvc.exe', 'job.exe']);
    const servercore = started('process', core).properties();
    expect(namesIn(servercore[0])).toHaveLength(16 + 1);
    expect(namesIn(servercore[0])).toContain('fontdrvhost.exe');
    expect(servercore[0]?.SiloName).toBe(`\\Container_${servercore[0]?.Id}`);
  });

  it('show of a utility VM only its worker and its memory, and the container inside it', () => {
    const { properties, spec } = started('hyperv');
    const [container, vm] = properties();
    expect(container).toMatchObject({
      HostingSystemId: `${spec.computeSystemId}@vm`,
      SiloName: null,
    });
    expect(container?.ProcessList).toEqual([]);
    expect(vm).toMatchObject({
      SystemType: 'VirtualMachine',
      GuestConnectionInfo: { ProtocolVersion: 4 },
    });
    expect(namesIn(vm)).toEqual(['vmwp.exe', 'vmmem']);
  });

  it('name the template that a utility VM is a clone of, as the log has it, and no two by one id', () => {
    const image = someImage();
    const { host, fence, time, properties: ofBooted } = started('hyperv', image);
    const { bootId } = host.fingerprint();
    const [templateId, kernelInstanceId] = [prefixedId('tpl', ONE), prefixedId('ki', ONE)];
    const template = { templateId, kernelInstanceId, image, bootId, warmCopies: 0 };
    host.templates.save(template, fence);
    time.advance(60_000);
    const clones = [1, 2].map(() => {
      const spec = someSpec('hyperv', { image, clonedFrom: templateId, ...LONG });
      host.create(spec, fence);
      host.start(spec.computeSystemId, fence);
      time.advance(60_000);
      return spec.computeSystemId;
    });
    const shown = clones.map((id) => host.properties(id)[1]);
    expect(shown.map((vm) => vm?.RuntimeTemplateId)).toEqual([templateId, templateId]);
    expect(shown.map((vm) => vm?.RuntimeId)).toEqual(
      clones.map((id) => host.inspect(id).clone?.runtimeId),
    );
    const booted = ofBooted()[1];
    expect(booted?.RuntimeTemplateId).toBeNull();
    expect(new Set([booted, ...shown].map((vm) => vm?.RuntimeId)).size).toBe(3);
  });

  it('count what it has used, which never exceeds its processors', () => {
    const { properties, time, spec } = started('process');
    const earlier = properties()[0]?.Statistics;
    time.advance(100_000);
    const later = properties()[0]?.Statistics;
    expect((later?.Uptime100ns ?? 0) - (earlier?.Uptime100ns ?? 0)).toBe(100_000 * 10_000);
    const { TotalRuntime100ns, RuntimeKernel100ns, RuntimeUser100ns } = later?.Processor ?? {};
    expect(TotalRuntime100ns).toBe((RuntimeKernel100ns ?? 0) + (RuntimeUser100ns ?? 0));
    expect(TotalRuntime100ns).toBeGreaterThan(0);
    const mostPer100ns = spec.resources.cpuMillis / 1_000;
    expect(TotalRuntime100ns).toBeLessThanOrEqual((later?.Uptime100ns ?? 0) * mostPer100ns);
    expect(later?.Storage.WriteSizeBytes).toBeGreaterThan(earlier?.Storage.WriteSizeBytes ?? 0);
    expect(later?.Network[0]).toMatchObject({ IpAddress: '172.16.0.2', Health: 'Healthy' });
  });

  it('say of one that has ended that it has stopped, how, and that it holds nothing', () => {
    const { properties, host, fence, spec, time } = started('process');
    host.terminate(spec.computeSystemId, fence);
    time.advance(60_000);
    const [ended] = properties();
    expect(ended).toMatchObject({ State: 'Stopped', Stopped: true, ExitType: 'ForcedExit' });
    expect(ended?.ProcessList).toEqual([]);
    expect(ended?.Statistics.Memory.MemoryUsageCommitBytes).toBe(0);
    expect(ended?.Statistics.Network).toEqual([]);
    host.release(spec.computeSystemId, fence);
    expect(() => properties()).toThrow('HCS_E_SYSTEM_NOT_FOUND (0x8037010E)');
  });
});
