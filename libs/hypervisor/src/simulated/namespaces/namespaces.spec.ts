import type { ComputeSystemId } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { restartIds, running, someImage, someSpec } from '../../driver-scenario.contract.js';
import type { ComputeSystemProperties } from '../../properties.js';
import { openHost } from '../open-host.contract.js';
import { SCRATCH_BYTES } from './container-namespaces.js';
import { EVENT_LOG } from './image-contents.js';
import { LayeredNames, layerBelow } from './layered-names.js';

beforeEach(restartIds);

const DAY_MS = 86_400_000;
const core = someImage({
  base: 'servercore',
  reference: 'mcr.microsoft.com/windows/servercore:ltsc2022',
});

/** Compute systems of one image that run the same program, on one host. */
function alike(count: number, isolation: 'process' | 'hyperv', durationMs = DAY_MS) {
  const opened = openHost();
  const ids = Array.from({ length: count }, () => {
    const command = ['C:\\tools\\job.exe'];
    const spec = someSpec(isolation, { image: core, command, ...running({ durationMs }) });
    opened.host.create(spec, opened.fence);
    opened.host.start(spec.computeSystemId, opened.fence);
    return spec.computeSystemId;
  });
  const of = (id: ComputeSystemId | undefined): ComputeSystemProperties => {
    const [container] = id === undefined ? [] : opened.host.properties(id);
    if (container === undefined) throw new Error('it is not on the host');
    return container;
  };
  const renew = () => opened.lease();
  return { ...opened, ids, of, renew };
}

const objectsOf = ({ Namespaces }: ComputeSystemProperties) => Namespaces?.NamedObjects ?? [];
const valuesOf = ({ Namespaces }: ComputeSystemProperties) =>
  (Namespaces?.Registry ?? []).flatMap(({ Values }) => Values);

describe('names over a layer that is shared', () => {
  it('are read from it until they are written, and stay in it for everybody else', () => {
    const below = layerBelow([['C:\\License.txt', 10]]);
    const [one, other] = [new LayeredNames(below), new LayeredNames(below)];
    one.write('c:\\LICENSE.TXT', 99);
    one.write('C:\\own', 1);
    expect([one.read('C:\\License.txt'), other.read('C:\\License.txt')]).toEqual([99, 10]);
    expect([one.read('C:\\own'), other.read('C:\\own')]).toEqual([1, undefined]);
    expect(one.readBelow('C:\\License.txt')).toBe(10);
    expect(other.own()).toEqual([]);
  });
});

describe('two silos of one image', () => {
  it('give the same name to objects of their own, which are two on the host', () => {
    const { of, ids, time } = alike(2, 'process');
    time.advance(60_000);
    const [one, other] = ids.map((id) => of(id));
    expect([one?.ObRoot, other?.ObRoot]).toEqual(['\\Silos\\1', '\\Silos\\2']);
    const [first, second] = [one, other].map((each) => (each ? objectsOf(each) : []));
    expect(first?.map(({ Path }) => Path)).toEqual(['\\BaseNamedObjects\\job.exe']);
    expect(second?.map(({ Path }) => Path)).toEqual(first?.map(({ Path }) => Path));
    expect(first?.[0]?.HostPath).toBe('\\Silos\\1\\BaseNamedObjects\\job.exe');
    expect(second?.[0]?.HostPath).toBe('\\Silos\\2\\BaseNamedObjects\\job.exe');
  });

  it('change the same value of the registry, each in a hive of its own over that of the image', () => {
    const { of, ids, time } = alike(2, 'process');
    time.advance(60_000);
    const found = ids.map((id) => of(id));
    const values = found.flatMap(valuesOf);
    expect(values).toHaveLength(2);
    expect(new Set(values.map(({ Path }) => Path)).size).toBe(1);
    expect(new Set(values.map(({ Value }) => Value)).size).toBe(2);
    expect(values.map(({ ImageValue }) => ImageValue)).toEqual(['WIN-IMAGE', 'WIN-IMAGE']);
    const mounts = found.flatMap(({ Namespaces }) =>
      (Namespaces?.Registry ?? []).map(({ MountPoint }) => MountPoint),
    );
    expect(mounts).toHaveLength(2 * 5);
    expect(new Set(mounts).size).toBe(mounts.length);
  });

  it('write to scratch layers of their own, whole copies of what the image has among it', () => {
    const { of, ids, time, host, fence } = alike(2, 'process');
    time.advance(60_000);
    const [before] = ids.map((id) => of(id).Scratch);
    host.terminate(ids[1] as ComputeSystemId, fence);
    time.advance(60_000);
    const [running, ended] = ids.map((id) => of(id).Scratch);
    expect(running?.Path).not.toBe(ended?.Path);
    expect(running?.UsedBytes).toBe((before?.UsedBytes ?? 0) + 60_000 * 128);
    expect(ended?.UsedBytes).toBeLessThan(running?.UsedBytes ?? 0);
    const copied = running?.Files?.filter(({ CopiedFromImage }) => CopiedFromImage);
    expect(copied).toEqual([{ Path: EVENT_LOG, SizeBytes: 69_632, CopiedFromImage: true }]);
    const sum = running?.Files?.reduce((all, { SizeBytes }) => all + SizeBytes, 0);
    expect(running?.UsedBytes).toBe(sum);
  });
});

describe('what a silo has made', () => {
  it('is there from its start on, and what is in memory is gone with its end', () => {
    const { of, ids, time, host, fence } = alike(1, 'process');
    const [id] = ids as [ComputeSystemId];
    expect(of(id)).toMatchObject({ ObRoot: '\\Silos\\1', Namespaces: { NamedObjects: [] } });
    expect(of(id).Scratch).toMatchObject({ UsedBytes: 0, Files: [] });
    time.advance(60_000);
    host.terminate(id, fence);
    time.advance(60_000);
    const ended = of(id);
    expect([ended.ObRoot, ended.Namespaces]).toEqual([null, null]);
    expect(ended.Scratch?.Files?.map(({ Path }) => Path)).toContain('\\Hives\\System_Delta');
    host.release(id, fence);
    expect(() => of(id)).toThrow('HCS_E_SYSTEM_NOT_FOUND');
  });

  it('is under a root that no later silo of the same boot is given', () => {
    const { of, ids, time, host, fence } = alike(1, 'process', 1_000);
    time.advance(60_000);
    expect(host.inspect(ids[0] as ComputeSystemId).state).toBe('exited');
    const next = someSpec('process', { image: core, ...running({ durationMs: DAY_MS }) });
    host.create(next, fence);
    expect(of(next.computeSystemId).ObRoot).toBeNull();
    host.start(next.computeSystemId, fence);
    expect(of(next.computeSystemId).ObRoot).toBe('\\Silos\\2');
  });

  it('never takes more than its scratch layer holds', () => {
    const { of, ids, time, renew } = alike(1, 'process', 5 * DAY_MS);
    for (let hours = 0; hours < 48; hours += 1) {
      renew();
      time.advance(3_600_000 - 1);
    }
    const { UsedBytes, VirtualSizeBytes } = of(ids[0]).Scratch ?? {};
    expect(UsedBytes).toBe(SCRATCH_BYTES);
    expect(VirtualSizeBytes).toBe(20_000_000_000);
  });
});

describe('the namespaces of a utility VM', () => {
  it('are those of its guest: the host sees only how much was written', () => {
    const { of, ids, time } = alike(1, 'hyperv');
    time.advance(120_000);
    const container = of(ids[0]);
    expect([container.ObRoot, container.Namespaces]).toEqual([null, null]);
    expect(container.Scratch?.Files).toBeNull();
    expect(container.Scratch?.UsedBytes).toBeGreaterThan(69_632);
  });

  it('take no number from the silos of the host', () => {
    const { of, host, fence } = alike(3, 'hyperv');
    const silo = someSpec('process', { image: core });
    host.create(silo, fence);
    host.start(silo.computeSystemId, fence);
    expect(of(silo.computeSystemId).ObRoot).toBe('\\Silos\\1');
  });
});
