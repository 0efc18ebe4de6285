import { type HostSpec, prefixedId, type TemplateId } from '@bulkhead/domain';
import { describe, expect } from 'vitest';
import type { Clause } from './driver-clauses.contract.js';
import {
  FOREVER,
  newId,
  type OpenDriver,
  type Scenario,
  someImage,
  someSpec,
  withScenario,
} from './driver-scenario.contract.js';
import type { VmTemplateSpec, VmTemplateStatus } from './template-control.js';

/** A save boots a utility VM and writes it; at a hundred times the speed that is well within this. */
const PATIENCE_MS = 15_000;
const STEP_MS = 10;

const newTemplateId = (): TemplateId => `tpl_${newId().slice('cs_'.length)}`;

async function someTemplate(
  s: Scenario,
  changes: Partial<VmTemplateSpec> = {},
): Promise<VmTemplateSpec> {
  const { bootId } = await s.driver.fingerprint();
  return {
    templateId: newTemplateId(),
    kernelInstanceId: prefixedId('ki', newId().slice('cs_'.length)),
    image: someImage(),
    bootId,
    warmCopies: 0,
    ...changes,
  };
}

async function until(
  s: Scenario,
  id: TemplateId,
  isSo: (status: VmTemplateStatus | undefined) => boolean,
): Promise<VmTemplateStatus | undefined> {
  const look = async () =>
    (await s.driver.listTemplates()).find(({ templateId }) => templateId === id);
  let status = await look();
  for (let passedMs = 0; passedMs < PATIENCE_MS && !isSo(status); passedMs += STEP_MS) {
    await s.under.pass(STEP_MS);
    status = await look();
  }
  expect(isSo(status), JSON.stringify(status)).toBe(true);
  return status;
}

async function saved(s: Scenario, changes: Partial<VmTemplateSpec> = {}): Promise<VmTemplateSpec> {
  const template = await someTemplate(s, changes);
  await s.driver.saveTemplate(template, s.fence);
  await until(s, template.templateId, (status) => status?.state === 'saved');
  return template;
}

const cloneOf = ({ templateId, image }: VmTemplateSpec) =>
  someSpec('hyperv', { image, clonedFrom: templateId, ...FOREVER });

/** The part of the contract about utility VMs that are saved and cloned. */
export function describeDriverTemplates(name: string, open: OpenDriver, it: Clause): void {
  describe(`${name}: templates`, () => saving(open, it));
  describe(`${name}: clones`, () => cloning(open, it));
  describe(`${name}: when templates end`, () => ending(open, it));
}

function saving(open: OpenDriver, it: Clause): void {
  const scenario = withScenario(open);

  it('saves a utility VM once, however often it is asked', async () => {
    const s = scenario();
    const template = await someTemplate(s);
    await s.driver.saveTemplate(template, s.fence);
    await s.driver.saveTemplate(template, s.fence);
    const [first, ...others] = await s.driver.listTemplates();
    expect([first?.clones, others]).toEqual([0, []]);
    // A fast host may be done with it before it is asked.
    expect(first?.savedAtMs === null).toBe(first?.state === 'saving');
    const status = await until(s, template.templateId, (found) => found?.state === 'saved');
    const { imageId } = template.image;
    expect(status).toMatchObject({ imageId, bootId: template.bootId, warmCopies: 0 });
    expect(status?.savedAtMs).toBeGreaterThan(0);
    expect(await s.driver.list()).toEqual([]);
  });

  it('shows the utility VM of a template by its own id, until the template has ended', async () => {
    const s = scenario();
    const shown = async (id: TemplateId) =>
      (await s.driver.properties(id)).map(({ Id, State, Stopped }) => [Id, State, Stopped]);
    await s.refused('NOT_FOUND', () => s.driver.properties(newTemplateId()));
    const { templateId } = await saved(s);
    expect(await shown(templateId)).toEqual([[templateId, 'SavedAsTemplate', false]]);
    await s.driver.retireTemplate(templateId, s.fence);
    await s.refused('NOT_FOUND', () => s.driver.properties(templateId));
  });

  it('saves no utility VM that a container was put into, and puts none into one that was saved', async () => {
    const s = scenario();
    const tenants = someSpec('hyperv', FOREVER);
    await s.begin(tenants, 'running');
    const { kernelInstanceId } = tenants;
    const spoilt = await someTemplate(s, { kernelInstanceId });
    await s.refused('INVALID_STATE', () => s.driver.saveTemplate(spoilt, s.fence));
    const template = await saved(s);
    const intruder = someSpec('hyperv', { kernelInstanceId: template.kernelInstanceId });
    await s.refused('INVALID_STATE', () => s.driver.create(intruder, s.fence));
  });

  it('refuses to save for another boot, and with a stale fence', async () => {
    const s = scenario();
    const other = await someTemplate(s, { bootId: 'another' });
    await s.refused('OTHER_BOOT', () => s.driver.saveTemplate(other, s.fence));
    await s.lease({ token: 2, cause: 2 });
    const template = await someTemplate(s);
    await s.refused('STALE_FENCE', () => s.driver.saveTemplate(template, s.fence));
    await s.refused('STALE_FENCE', () => s.driver.retireTemplate(template.templateId, s.fence));
  });

  describe('on a host without Hyper-V', () => {
    const without = withScenario(open, { hypervPresent: false } satisfies Partial<HostSpec>);

    it('are refused', async () => {
      const s = without();
      const template = await someTemplate(s);
      await s.refused('WRONG_ISOLATION', () => s.driver.saveTemplate(template, s.fence));
    });
  });
}

function cloning(open: OpenDriver, it: Clause): void {
  const scenario = withScenario(open);

  it('have an identity and a random seed of their own and carry their template', async () => {
    const s = scenario();
    const template = await saved(s);
    const specs = [cloneOf(template), cloneOf(template)];
    for (const spec of specs) await s.begin(spec);
    const [first, second] = await Promise.all(
      specs.map(({ computeSystemId }) => s.reaches(computeSystemId, 'running')),
    );
    expect(first?.stages[0]).toMatchObject({ name: 'utility-vm-boot', path: 'cloned' });
    expect(first?.clone).toMatchObject({ templateId: template.templateId, warmCopy: null });
    expect(second?.clone?.runtimeId).not.toBe(first?.clone?.runtimeId);
    expect(second?.clone?.seedFingerprint).not.toBe(first?.clone?.seedFingerprint);
    expect(await s.driver.listTemplates()).toMatchObject([{ clones: 2 }]);
  });

  it('are refused where the template is not ready, and where it is of another image or wall', async () => {
    const s = scenario();
    const unready = await someTemplate(s);
    await s.refused('TEMPLATE_ABSENT', () => s.driver.create(cloneOf(unready), s.fence));
    const template = await saved(s);
    const { templateId: clonedFrom, image } = template;
    const otherImage = someSpec('hyperv', { clonedFrom });
    await s.refused('TEMPLATE_MISMATCH', () => s.driver.create(otherImage, s.fence));
    const silo = someSpec('process', { clonedFrom, image });
    await s.refused('TEMPLATE_MISMATCH', () => s.driver.create(silo, s.fence));
    expect(await s.driver.list()).toEqual([]);
  });

  it('refuses an id that was created without a template and is asked for as a clone', async () => {
    const s = scenario();
    const template = await saved(s);
    const { clonedFrom: _none, ...booted } = cloneOf(template);
    await s.driver.create(booted, s.fence);
    const cloned = { ...booted, clonedFrom: template.templateId };
    await s.refused('INVALID_STATE', () => s.driver.create(cloned, s.fence));
  });

  it('boot instead where they are asked for again without a template before their start', async () => {
    const s = scenario();
    const template = await saved(s);
    const clone = cloneOf(template);
    const { clonedFrom: _none, ...booted } = clone;
    await s.driver.create(clone, s.fence);
    await s.driver.create(booted, s.fence);
    await s.driver.start(clone.computeSystemId, s.fence);
    const status = await s.reaches(clone.computeSystemId, 'running');
    expect(status.stages[0]?.path).toBe('cold');
    expect(status.clone).toBeUndefined();
    const started = cloneOf(template);
    await s.begin(started, 'running');
    const { clonedFrom: _either, ...late } = started;
    await s.driver.create(late, s.fence);
    expect((await s.driver.inspect(started.computeSystemId)).clone).toBeDefined();
  });

  it('claim a copy that was kept ready, each copy once, and another one is made ready', async () => {
    const s = scenario();
    const template = await saved(s, { warmCopies: 2 });
    const isFull = (status: VmTemplateStatus | undefined) => status?.warmCopies === 2;
    await until(s, template.templateId, isFull);
    const specs = [cloneOf(template), cloneOf(template)];
    for (const spec of specs) await s.begin(spec, 'running');
    const statuses = await Promise.all(
      specs.map(({ computeSystemId }) => s.driver.inspect(computeSystemId)),
    );
    expect(statuses.map(({ stages }) => stages[0]?.path)).toEqual(['claimed', 'claimed']);
    const copies = statuses.map(({ clone }) => clone?.warmCopy);
    expect(new Set(copies).size).toBe(2);
    expect(copies).not.toContain(null);
    expect(statuses[0]?.clone?.runtimeId).not.toBe(statuses[1]?.clone?.runtimeId);
    await until(s, template.templateId, isFull);
  });
}

function ending(open: OpenDriver, it: Clause): void {
  const scenario = withScenario(open);

  it('are not cloned any more once they are retired, and the clones that are there go on', async () => {
    const s = scenario();
    const template = await saved(s, { warmCopies: 1 });
    const spec = cloneOf(template);
    const created = cloneOf(template);
    await s.begin(spec, 'running');
    await s.driver.create(created, s.fence);
    await s.driver.retireTemplate(template.templateId, s.fence);
    await s.driver.retireTemplate(template.templateId, s.fence);
    expect(await s.driver.listTemplates()).toEqual([]);
    await s.refused('TEMPLATE_ABSENT', () => s.driver.create(cloneOf(template), s.fence));
    await s.refused('SPENT_ID', () => s.driver.saveTemplate(template, s.fence));
    expect(await s.stateOf(spec.computeSystemId)).toBe('running');
    await s.driver.start(created.computeSystemId, s.fence);
    const { clone } = await s.reaches(created.computeSystemId, 'running');
    expect(clone).toMatchObject({ templateId: template.templateId, warmCopy: null });
  });

  it('can be retired before they were ever asked for, and are never saved then', async () => {
    const s = scenario();
    const template = await someTemplate(s);
    await s.driver.retireTemplate(template.templateId, s.fence);
    await s.refused('SPENT_ID', () => s.driver.saveTemplate(template, s.fence));
  });

  it('end with the boot, and their ids are spent', async () => {
    const s = scenario();
    const template = await saved(s);
    await s.driver.reboot(s.under.host.hostId, { token: 1, cause: 60 });
    await s.lease();
    expect(await s.driver.listTemplates()).toEqual([]);
    await s.refused('SPENT_ID', () => s.driver.saveTemplate(template, s.fence));
    await s.refused('TEMPLATE_ABSENT', () => s.driver.create(cloneOf(template), s.fence));
  });
}
