import { describe, expect } from 'vitest';
import { type Clause, clausesWithout, type Excluded } from './driver-clauses.contract.js';
import { describeDriverFences } from './driver-fences.contract.js';
import { describeDriverLogs } from './driver-logs.contract.js';
import {
  FOREVER,
  newId,
  type OpenDriver,
  running,
  type Scenario,
  someImage,
  someSpec,
  withScenario,
} from './driver-scenario.contract.js';
import { describeDriverTemplates } from './driver-templates.contract.js';

/** What every driver must do, whatever it drives. `open` makes one for a host that it is given. */
export function describeDriver(name: string, open: OpenDriver, excluded: Excluded = {}): void {
  const it = clausesWithout(excluded);
  describe(`${name}: one attempt from its creation to its release`, () => lifecycle(open, it));
  describe(`${name}: isolation`, () => isolation(open, it));
  describe(`${name}: what is told while it happens`, () => watching(open, it));
  describe(`${name}: stopping`, () => stopping(open, it));
  describe(`${name}: reboot`, () => rebooting(open, it));
  describeDriverLogs(name, open, it);
  describeDriverFences(name, open, it);
  describeDriverTemplates(name, open, it);
}

function lifecycle(open: OpenDriver, it: Clause): void {
  const scenario = withScenario(open);

  it('runs a workload and reports its stages in order and its exit code', async () => {
    const s = scenario();
    const id = await s.begin(someSpec('process', running({ exitCode: 3 })));
    const { stages, exit, failure } = await s.reaches(id, 'exited');
    expect(stages.map((stage) => stage.name)).toEqual(['create', 'network-attach', 'start']);
    for (const [at, stage] of stages.entries()) {
      expect(stage.finishedAtMs).toBeGreaterThanOrEqual(stage.startedAtMs);
      expect(stage.startedAtMs).toBeGreaterThanOrEqual(stages[at - 1]?.finishedAtMs ?? 0);
    }
    expect(exit).toMatchObject({ exitCode: 3, exitType: 'GracefulExit' });
    expect(failure).toBeNull();
  });

  it('boots a utility VM of its own before the container when isolation is hyperv', async () => {
    const s = scenario();
    const id = await s.begin(someSpec('hyperv', running({})));
    const { stages } = await s.reaches(id, 'exited');
    expect(stages[0]).toMatchObject({ name: 'utility-vm-boot', path: 'cold' });
    expect(stages).toHaveLength(4);
  });

  it('does nothing when create, start or release is repeated', async () => {
    const s = scenario();
    const spec = someSpec('process', FOREVER);
    await s.driver.create(spec, s.fence);
    await s.driver.create(spec, s.fence);
    expect(await s.driver.list()).toHaveLength(1);
    await s.driver.start(spec.computeSystemId, s.fence);
    await s.driver.start(spec.computeSystemId, s.fence);
    await s.reaches(spec.computeSystemId, 'running');
    await s.driver.create(spec, s.fence);
    await s.driver.start(spec.computeSystemId, s.fence);
    expect(await s.stateOf(spec.computeSystemId)).toBe('running');
    await s.driver.terminate(spec.computeSystemId, s.fence);
    await s.reaches(spec.computeSystemId, 'exited');
    await s.driver.start(spec.computeSystemId, s.fence);
    expect(await s.stateOf(spec.computeSystemId)).toBe('exited');
    await s.driver.release(spec.computeSystemId, s.fence);
    await s.driver.release(spec.computeSystemId, s.fence);
    expect(await s.stateOf(spec.computeSystemId)).toBe('spent');
  });

  it('never uses a released id again', async () => {
    const s = scenario();
    const spec = someSpec('process', running({}));
    await s.begin(spec, 'exited');
    await s.driver.release(spec.computeSystemId, s.fence);
    await s.refused('SPENT_ID', () => s.driver.create(spec, s.fence));
    await s.refused('SPENT_ID', () => s.driver.start(spec.computeSystemId, s.fence));
  });

  it('spends an id that is released before it was ever created', async () => {
    const s = scenario();
    const spec = someSpec('process');
    expect(await s.stateOf(spec.computeSystemId)).toBe('absent');
    await s.driver.release(spec.computeSystemId, s.fence);
    expect(await s.stateOf(spec.computeSystemId)).toBe('spent');
    await s.refused('SPENT_ID', () => s.driver.create(spec, s.fence));
  });

  it('refuses an id that is asked for again as something else', async () => {
    const s = scenario();
    const spec = someSpec('process');
    await s.driver.create(spec, s.fence);
    const other = { ...someSpec('hyperv'), computeSystemId: spec.computeSystemId };
    await s.refused('INVALID_STATE', () => s.driver.create(other, s.fence));
  });

  it('refuses to release what still runs, and to start what it does not know', async () => {
    const s = scenario();
    const id = await s.begin(someSpec('process', FOREVER), 'running');
    await s.refused('INVALID_STATE', () => s.driver.release(id, s.fence));
    await s.refused('NOT_FOUND', () => s.driver.start(newId(), s.fence));
  });

  it('lists what is neither absent nor spent', async () => {
    const s = scenario();
    const created = someSpec('process');
    await s.driver.create(created, s.fence);
    const ended = await s.begin(someSpec('process', running({})), 'exited');
    const released = await s.begin(someSpec('process', running({})), 'exited');
    await s.driver.release(released, s.fence);
    const listed = (await s.driver.list()).map((status) => status.computeSystemId);
    expect(listed.sort()).toEqual([created.computeSystemId, ended].sort());
  });

  it('shows of what it runs that it runs, of what has ended that it has stopped, and of the rest nothing', async () => {
    const s = scenario();
    const shown = async (id: ReturnType<typeof newId>) => {
      const properties = await s.driver.properties(id);
      return properties.map(({ Id, State, Stopped }) => [Id, State, Stopped]);
    };
    const silo = await s.begin(someSpec('process', FOREVER), 'running');
    const vm = await s.begin(someSpec('hyperv', FOREVER), 'running');
    expect(await shown(silo)).toEqual([[silo, 'Running', false]]);
    expect(await shown(vm)).toEqual([
      [vm, 'Running', false],
      [`${vm}@vm`, 'Running', false],
    ]);
    await s.driver.terminate(silo, s.fence);
    await s.reaches(silo, 'exited');
    expect((await s.driver.properties(silo))[0]).toMatchObject({ Stopped: true, ProcessList: [] });
    await s.driver.release(silo, s.fence);
    await s.refused('NOT_FOUND', () => s.driver.properties(silo));
    await s.refused('NOT_FOUND', () => s.driver.properties(newId()));
  });

  it('refuses more than the host has and takes it when something has ended', async () => {
    const s = scenario();
    const half = { resources: { cpuMillis: 5_000, memoryMiB: 256 } };
    const first = await s.begin(someSpec('process', { ...half, ...FOREVER }), 'running');
    const second = someSpec('process', half);
    await s.refused('INSUFFICIENT_RESOURCES', () => s.driver.create(second, s.fence));
    await s.driver.terminate(first, s.fence);
    await s.reaches(first, 'exited');
    await s.driver.create(second, s.fence);
  });
}

function isolation(open: OpenDriver, it: Clause): void {
  const scenario = withScenario(open);

  it('runs the same image in both isolations', async () => {
    const s = scenario();
    const image = someImage();
    await s.begin(someSpec('process', { image, ...running({}) }), 'exited');
    await s.begin(someSpec('hyperv', { image, ...running({}) }), 'exited');
  });

  it('fails a start that the image cannot survive, by the name that the engine gives it', async () => {
    const s = scenario();
    const older = { major: 10, minor: 0, build: 17763, revision: 1 };
    const id = await s.begin(someSpec('process', { image: someImage({ osVersion: older }) }));
    const { failure, exit } = await s.reaches(id, 'start-failed');
    expect(failure).toMatchObject({ code: 'HCS_E_IMAGE_MISMATCH', hresult: '0x80370101' });
    expect(exit).toBeNull();
    await s.driver.start(id, s.fence);
    expect(await s.stateOf(id)).toBe('start-failed');
    await s.driver.release(id, s.fence);
  });

  describe('on a host without Hyper-V', () => {
    const without = withScenario(open, { hypervPresent: false });

    it('refuses a utility VM and never gives a silo instead', async () => {
      const s = without();
      const spec = someSpec('hyperv');
      expect(s.driver.capabilities.isolations).toEqual(['process']);
      await s.refused('WRONG_ISOLATION', () => s.driver.create(spec, s.fence));
      expect(await s.stateOf(spec.computeSystemId)).toBe('absent');
      expect(await s.driver.list()).toEqual([]);
    });
  });
}

function watching(open: OpenDriver, it: Clause): void {
  const scenario = withScenario(open);

  it('tells what is there, then every change until the exit, stages included', async () => {
    const s = scenario();
    const marker = someSpec('process');
    await s.driver.create(marker, s.fence);
    const stop = new AbortController();
    const notices = s.driver.watch(stop.signal)[Symbol.asyncIterator]();
    await s.hears(notices, (status) => status.computeSystemId === marker.computeSystemId);
    const id = await s.begin(someSpec('hyperv', running({})));
    const heard = await s.hears(notices, (status) => status.state === 'exited');
    expect(heard.map((status) => status.state)).toEqual([
      'created',
      'starting',
      'running',
      'exited',
    ]);
    expect(heard.every((status) => status.computeSystemId === id)).toBe(true);
    expect(heard[2]?.stages).toHaveLength(4);
    expect(heard[3]?.exit).toMatchObject({ exitCode: 0, exitType: 'GracefulExit' });
    const end = notices.next();
    stop.abort();
    expect((await end).done).toBe(true);
  });

  it('tells a late watcher what ended before it came', async () => {
    const s = scenario();
    const id = await s.begin(someSpec('process', running({ exitCode: 9 })), 'exited');
    const stop = new AbortController();
    const notices = s.driver.watch(stop.signal)[Symbol.asyncIterator]();
    const heard = await s.hears(notices, (status) => status.computeSystemId === id);
    expect(heard[0]?.exit?.exitCode).toBe(9);
    stop.abort();
  });
}

function stopping(open: OpenDriver, it: Clause): void {
  const scenario = withScenario(open);
  const ended = async (s: Scenario, id: ReturnType<typeof newId>) =>
    (await s.reaches(id, 'exited')).exit?.exitType;

  it('forces an end in every state, also of what is not there', async () => {
    const s = scenario();
    await s.driver.terminate(newId(), s.fence);
    const created = someSpec('process');
    await s.driver.create(created, s.fence);
    const starting = await s.begin(someSpec('hyperv', FOREVER));
    const up = await s.begin(someSpec('process', FOREVER), 'running');
    for (const id of [created.computeSystemId, starting, up]) {
      await s.driver.terminate(id, s.fence);
      await s.driver.terminate(id, s.fence);
      expect(await ended(s, id)).toBe('ForcedExit');
      await s.driver.terminate(id, s.fence);
      await s.driver.release(id, s.fence);
      await s.driver.terminate(id, s.fence);
      expect(await s.stateOf(id)).toBe('spent');
    }
  });

  it('starts nothing that was terminated before its start', async () => {
    const s = scenario();
    const spec = someSpec('process', FOREVER);
    await s.driver.create(spec, s.fence);
    await s.driver.terminate(spec.computeSystemId, s.fence);
    await s.driver.start(spec.computeSystemId, s.fence);
    const { stages } = await s.reaches(spec.computeSystemId, 'exited');
    expect(stages).toEqual([]);
  });

  it('asks before it forces', async () => {
    const s = scenario();
    const listens = await s.begin(someSpec('process', running({ durationMs: 600_000 })), 'running');
    const hangs = await s.begin(someSpec('process', FOREVER), 'running');
    await s.driver.shutdown(listens, 5_000, s.fence);
    await s.driver.shutdown(hangs, 50, s.fence);
    expect(await ended(s, listens)).toBe('GracefulExit');
    expect(await ended(s, hangs)).toBe('ForcedExit');
  });
}

function rebooting(open: OpenDriver, it: Clause): void {
  const scenario = withScenario(open);

  it('ends everything, spends every id and has a new boot id', async () => {
    const s = scenario();
    const { bootId } = await s.driver.fingerprint();
    const spec = someSpec('process', FOREVER);
    const id = await s.begin(spec, 'running');
    const { hostId } = s.under.host;
    await s.driver.reboot(hostId, { token: 1, cause: 50 });
    const after = await s.driver.fingerprint();
    expect(after.bootId).not.toBe(bootId);
    expect(await s.stateOf(id)).toBe('spent');
    expect(await s.driver.list()).toEqual([]);
    await s.refused('NO_LEASE', () => s.driver.create(someSpec('process'), s.fence));
    await s.lease();
    await s.refused('SPENT_ID', () => s.driver.create(spec, s.fence));
    await s.driver.reboot(hostId, { token: 1, cause: 50 });
    expect((await s.driver.fingerprint()).bootId).toBe(after.bootId);
  });

  it('keeps the boot of a host that is provisioned again', async () => {
    const s = scenario();
    const { bootId } = await s.driver.fingerprint();
    await s.driver.provision(s.under.host, s.fence);
    expect((await s.driver.fingerprint()).bootId).toBe(bootId);
  });

  it('breaks off every watch, so that nobody waits for what is gone', async () => {
    const s = scenario();
    await s.driver.create(someSpec('process'), s.fence);
    const watch = s.driver.watch(new AbortController().signal)[Symbol.asyncIterator]();
    await s.hears(watch, () => true);
    await s.driver.reboot(s.under.host.hostId, { token: 1, cause: 51 });
    await s.refused('UNREACHABLE', () => s.hears(watch, () => false));
  });
}
