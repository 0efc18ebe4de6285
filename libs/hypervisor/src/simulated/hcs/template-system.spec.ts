import { prefixedId, type TemplateId } from '@bulkhead/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { restartIds, running, someImage, someSpec } from '../../driver-scenario.contract.js';
import type { ComputeSystemProperties } from '../../properties.js';
import { openHost } from '../open-host.contract.js';
import { HCS_RULES } from './operations.js';
import type { HcsOperation, HcsStanding } from './rule.js';
import { TemplateSystem } from './template-system.js';

beforeEach(restartIds);

const ONE = '1'.repeat(32);
const ID: TemplateId = prefixedId('tpl', ONE);
const LONG = running({ durationMs: 600_000 });

/** Brings the compute system of a template to where the rule begins. */
const bringTo: Record<HcsStanding, (system: TemplateSystem) => void> = {
  Absent: () => {},
  Created: (system) => system.ask('Construct'),
  Starting: (system) => {
    bringTo.Created(system);
    system.ask('Start');
  },
  Running: (system) => {
    bringTo.Paused(system);
    system.ask('Resume');
  },
  Paused: (system) => {
    bringTo.Starting(system);
    system.started();
    system.ask('Pause');
  },
  Saving: (system) => {
    bringTo.Paused(system);
    system.ask('Save');
  },
  SavedAsTemplate: (system) => {
    bringTo.Saving(system);
    system.saved();
  },
  Stopped: (system) => {
    bringTo.SavedAsTemplate(system);
    system.end();
  },
};

describe('the compute system of a template, as a table', () => {
  it.each(
    HCS_RULES.VirtualMachine.map((rule) => [rule.operation, rule.standing, rule.answer] as const),
  )('answers %s where it stands at %s as the table says', (operation, standing, answer) => {
    const system = new TemplateSystem(ID);
    bringTo[standing](system);
    expect(system.standing).toBe(standing);
    if ('leadsTo' in answer) {
      system.ask(operation);
      expect(system.standing).toBe(answer.leadsTo);
    } else {
      expect(() => system.ask(operation)).toThrow(answer.code);
      expect(system.standing).toBe(standing);
    }
  });

  it('leads from one state to another by these operations and no others', () => {
    const ways = HCS_RULES.VirtualMachine.flatMap(({ operation, standing, answer }) =>
      'leadsTo' in answer && answer.leadsTo !== standing
        ? [`${standing} ${operation} ${answer.leadsTo}`]
        : [],
    );
    expect(ways.sort()).toEqual([
      'Absent Construct Created',
      'Created Start Starting',
      'Created Terminate Stopped',
      'Paused Resume Running',
      'Paused Save Saving',
      'Running Pause Paused',
    ]);
  });

  it('saves nothing that runs, and leaves a template nothing but its properties and its end', () => {
    const answers = (at: HcsStanding) =>
      new Map(
        HCS_RULES.VirtualMachine.filter(({ standing }) => standing === at).map(
          ({ operation, answer }) => [operation, 'code' in answer ? answer.code : null] as const,
        ),
      );
    expect(answers('Running').get('Save')).toBe('HCS_E_INVALID_STATE');
    const left = [...answers('SavedAsTemplate')].filter(([, code]) => code === null);
    expect(left.map(([operation]) => operation).sort()).toEqual(['GetProperties', 'Terminate']);
  });
});

/** How long a utility VM takes to boot differs, so that a test looks from moment to moment. */
const STEP_MS = 10;

function savingHost() {
  const opened = openHost();
  const { host, fence, time } = opened;
  const image = someImage();
  const { bootId } = host.fingerprint();
  const kernelInstanceId = prefixedId('ki', ONE);
  const save = () =>
    host.templates.save({ templateId: ID, kernelInstanceId, image, bootId, warmCopies: 0 }, fence);
  const vm = () => host.properties(ID)[0] as ComputeSystemProperties;
  const until = (state: ComputeSystemProperties['State']) => {
    for (let passedMs = 0; vm().State !== state && passedMs < 60_000; passedMs += STEP_MS) {
      time.advance(STEP_MS);
    }
    return vm();
  };
  return { ...opened, image, save, vm, until };
}

/** Whatever would change it, by the codes that it is refused with. */
const CHANGES: readonly HcsOperation[] = ['Start', 'Pause', 'Resume', 'Save', 'Modify', 'Shutdown'];

describe('a template on a host', () => {
  it('is a utility VM that is created, paused while it is written, and then saved as a template', () => {
    const { host, save, vm, until } = savingHost();
    expect(() => vm()).toThrow('HCS_E_SYSTEM_NOT_FOUND (0x8037010E)');
    save();
    expect(vm()).toMatchObject({ Id: ID, SystemType: 'VirtualMachine', State: 'Created' });
    const written = until('Paused').Statistics.Memory.MemoryUsageCommitBytes;
    expect(host.templates.list()).toMatchObject([{ state: 'saving' }]);
    const saved = until('SavedAsTemplate');
    expect(host.templates.list()).toMatchObject([{ state: 'saved' }]);
    expect(saved).toMatchObject({ Stopped: false, ExitType: 'None', GuestConnectionInfo: null });
    expect(saved).toMatchObject({ HostingSystemId: null, RuntimeTemplateId: null });
    expect(saved.ProcessList.map(({ ImageName }) => ImageName)).toEqual(['vmwp.exe', 'vmmem']);
    expect(saved.Statistics.Memory.MemoryUsageCommitBytes).toBeLessThan(written);
  });

  it('can neither be started again nor be changed, neither while it is written nor afterwards', () => {
    const { host, save, until } = savingHost();
    save();
    const codes = () => CHANGES.map((operation) => host.refusalOf(operation, ID));
    const refused = CHANGES.map(() => 'HCS_E_INVALID_STATE');
    until('Paused');
    expect(codes()).toEqual(refused);
    until('SavedAsTemplate');
    expect(codes()).toEqual(refused);
    expect(host.refusalOf('Construct', ID)).toBe('HCS_E_SYSTEM_ALREADY_EXISTS');
    expect(host.refusalOf('GetProperties', ID)).toBeNull();
  });

  it('is named by its clones, reads as stopped when it is retired, and is gone with the last clone', () => {
    const { host, fence, time, image, save, vm, until } = savingHost();
    save();
    until('SavedAsTemplate');
    const spec = someSpec('hyperv', { image, clonedFrom: ID, ...LONG });
    host.create(spec, fence);
    host.start(spec.computeSystemId, fence);
    time.advance(60_000);
    const clone = host.properties(spec.computeSystemId)[1];
    expect(clone?.RuntimeTemplateId).toBe(vm().Id);
    expect(clone?.RuntimeId).not.toBe(vm().RuntimeId);
    host.templates.retire(ID, fence);
    expect(vm()).toMatchObject({ State: 'Stopped', Stopped: true, ExitType: 'ForcedExit' });
    expect(vm().ProcessList).toEqual([]);
    expect(host.refusalOf('Start', ID)).toBe('HCS_E_SYSTEM_ALREADY_STOPPED');
    host.terminate(spec.computeSystemId, fence);
    time.advance(60_000);
    expect(() => vm()).toThrow('HCS_E_SYSTEM_NOT_FOUND (0x8037010E)');
  });

  it('is ended by a retirement while it boots, and is never written', () => {
    const { host, fence, time, entries, save, vm } = savingHost();
    save();
    host.templates.retire(ID, fence);
    time.advance(60_000);
    expect(() => vm()).toThrow('HCS_E_SYSTEM_NOT_FOUND');
    expect(entries.map(({ kind }) => kind)).not.toContain('template-saved');
  });
});
