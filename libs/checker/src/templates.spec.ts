import type {
  HostId,
  RecordedEvent,
  TemplateFacts,
  TemplateId,
  TenantId,
  WorkloadId,
  WorkloadPlaced,
} from '@bulkhead/domain';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostSpec, idOf, image, unknownImage } from '../../../test/domain/builders.js';
import { altered, find, insertedBefore, without } from '../../../test/domain/tampering.js';
import {
  allowTemplates,
  endUtilityVm,
  registerImage,
  runUtilityVm,
  savedTemplateFor,
} from '../../../test/domain/templates.js';
import { World } from '../../../test/domain/world.js';
import { checkLog } from './check-log.js';
import type { JournalEntry } from './journal-entry.js';

let clean: readonly RecordedEvent[];
let host: HostId;
let red: TenantId;
let sam: TenantId;
let shared: TemplateId;
let first: WorkloadId;
let second: WorkloadId;
let booted: WorkloadId;
let journal: readonly JournalEntry[];

/** Two trusted tenants of two boundaries have clones of one template at a time; a standard one boots. */
beforeAll(() => {
  const world = new World();
  host = world.registerHost(hostSpec(1));
  registerImage(world, image());
  allowTemplates(world, 'trusted-boundaries');
  red = world.registerTenant('trusted', 'red');
  const blue = world.registerTenant('trusted', 'blue');
  sam = world.registerTenant('standard');
  shared = savedTemplateFor(world, red);
  first = runUtilityVm(world, red);
  second = runUtilityVm(world, blue);
  booted = runUtilityVm(world, sam);
  for (const workloadId of [first, second, booted]) endUtilityVm(world, workloadId);
  clean = world.log.events;
  journal = withTemplates(world.journals()[0]?.entries ?? []);
});

const requested = () => find(clean, 'TemplateRequested');
const factsOf = () => (requested().event.payload as { template: TemplateFacts }).template;
const startOf = (workloadId: WorkloadId) =>
  find(clean, 'StartAuthorized', (_, { stream }) => stream === workloadId);
const cloneOf = (workloadId: WorkloadId) =>
  find(clean, 'StartAuthorized', (_, { stream }) => stream === workloadId).event.payload as {
    computeSystemId: `cs_${string}`;
    clone: { templateId: TemplateId | null };
  };

/** What the host would have written of the template, which the world does not. */
function withTemplates(entries: readonly JournalEntry[]): JournalEntry[] {
  const { templateId, kernelInstanceId } = factsOf();
  const at = { atMs: entries.at(-1)?.atMs ?? 0, bootId: entries[0]?.bootId ?? '' };
  const fence = { token: 1, cause: requested().position };
  const save = { kind: 'template-save', templateId, kernelInstanceId, fence };
  const { computeSystemId } = cloneOf(first);
  const told = [save, { kind: 'cloned', templateId, computeSystemId }];
  return [...entries, ...told.map((entry) => ({ seq: 0, ...at, ...entry }))].map((entry, nr) => ({
    ...entry,
    seq: nr + 1,
  }));
}

async function found(
  events: readonly RecordedEvent[],
  entries: readonly JournalEntry[] = [],
): Promise<string> {
  const journals = entries.length === 0 ? [] : [{ hostId: host, entries }];
  const { violations } = await checkLog({ events, journals });
  return violations
    .filter(({ check }) => check === 'templates')
    .map(({ detail }) => detail)
    .join('\n');
}

describe('a log in which trusted tenants share a template', () => {
  it('is found without fault, with the journal of its host', async () => {
    expect(cloneOf(first).clone.templateId).toBe(shared);
    expect(cloneOf(second).clone.templateId).toBe(shared);
    expect(cloneOf(booted).clone.templateId).toBeNull();
    const journals = [{ hostId: host, entries: journal }];
    const { violations } = await checkLog({ events: clean, journals });
    expect(violations).toEqual([]);
  });
});

describe('a clone that crosses boundaries', () => {
  const isOf = (workloadId: WorkloadId) => (_: unknown, recorded: RecordedEvent) =>
    recorded.stream === workloadId;

  it('is found where a tenant that is not trusted was given one', async () => {
    const { clone } = cloneOf(first);
    const bad = altered(clean, 'StartAuthorized', { clone } as never, isOf(booted));
    expect(await found(bad)).toMatch(/which is for group:red, by own:ten_/);
  });

  it('is found where its template was for one boundary only', async () => {
    const template: TemplateFacts = { ...factsOf(), sharing: 'own-boundary' };
    const bad = altered(clean, 'TemplateRequested', { template });
    expect(await found(bad)).toMatch(/which is for group:red, by group:blue/);
  });

  it('is found where somebody who holds pages is trusted no more', async () => {
    const payload = { from: 'trusted', to: 'hostile', reason: 'test' };
    const planted = { stream: red, tenant: red, type: 'TenantTrustChanged', payload } as const;
    const bad = insertedBefore(clean, startOf(second), planted);
    expect(await found(bad)).toMatch(/whose pages ten_\w+ of group:red holds/);
  });

  it('is found where policy lets nobody share', async () => {
    const published = find(clean, 'PolicyPublished', ({ version }) => version === 2);
    const { policy } = published.event.payload as { policy: object };
    const narrow = { policy: { ...policy, templateSharing: 'own-boundary' } };
    const bad = altered(clean, 'PolicyPublished', narrow as never, ({ version }) => version === 2);
    expect(await found(bad)).toMatch(/is to be shared, which policy does not let it/);
    expect(await found(bad)).toMatch(/which is for group:red, by group:blue/);
  });
});

describe('a template that holds more than the platform', () => {
  it('is found where tenant code ran before it was saved, by the log', async () => {
    const placed = find(clean, 'WorkloadPlaced').event.payload as WorkloadPlaced['payload'];
    const { kernelInstanceId } = placed;
    const template = { ...factsOf(), kernelInstanceId };
    const bad = altered(clean, 'TemplateRequested', { template });
    expect(await found(bad)).toMatch(/is to be saved from ki_\w+, on which an attempt was placed/);
  });

  it('is found where tenant code runs in it afterwards', async () => {
    const { kernelInstanceId } = factsOf();
    const isOf = (_: unknown, { stream }: RecordedEvent) => stream === booted;
    const bad = altered(clean, 'WorkloadPlaced', { kernelInstanceId }, isOf);
    expect(await found(bad)).toMatch(/placed on ki_\w+, the kernel of template tpl_/);
  });

  it("is found by the journal of its host, whatever the log says of the template's kernel", async () => {
    const ran = journal.find(({ kind }) => kind === 'create')?.kernelInstanceId;
    if (ran === undefined) throw new Error('nothing ran');
    const entries = journal.map((entry) =>
      entry.kind === 'template-save' ? { ...entry, kernelInstanceId: ran } : entry,
    );
    const told = await found(clean, entries);
    expect(told).toMatch(/saved tpl_\w+ from ki_\w+, where an attempt ran/);
    expect(told).toMatch(/which nobody requested so/);
  });

  it('is found where nobody knows what boots from its image, or policy saves nothing', async () => {
    const template = { ...factsOf(), image: unknownImage };
    expect(await found(altered(clean, 'TemplateRequested', { template }))).toMatch(/no catalogue/);
    const silent = without(clean, 'PolicyPublished', ({ version }) => version === 2);
    expect(await found(silent)).toMatch(/policy lets no host save one/);
  });
});

describe('a clone of what may not be cloned', () => {
  it.each([
    ['is not saved', () => without(clean, 'TemplateSaved'), /which is requested/],
    [
      'was retired',
      () =>
        insertedBefore(clean, startOf(second), {
          ...{ stream: shared, tenant: null, type: 'TemplateRetired' },
          payload: { templateId: shared, hostId: host, cause: 'given-up', detail: 'x' },
        }),
      /which is retired/,
    ],
    [
      'is of a revoked image',
      () =>
        insertedBefore(clean, startOf(second), {
          ...{ stream: image().imageId, tenant: null, type: 'ImageRevoked' },
          payload: { reason: 'malware' },
        }),
      /whose image was revoked/,
    ],
    [
      'was saved in an earlier boot',
      () => altered(clean, 'TemplateRequested', { template: { ...factsOf(), bootId: 'another' } }),
      /which was saved in boot another/,
    ],
    [
      'is on another host',
      () => {
        const hostId = idOf('host', 77) as HostId;
        return altered(clean, 'TemplateRequested', { template: { ...factsOf(), hostId } });
      },
      /which is on host_/,
    ],
  ] as const)('is found where the template %s', async (_title, tampered, detail) => {
    expect(await found(tampered())).toMatch(detail);
  });

  it('is found where the host did not do what its start had named', async () => {
    const other = idOf('tpl', 99) as TemplateId;
    const entries = journal.map((entry) =>
      entry.kind === 'cloned' ? { ...entry, templateId: other } : entry,
    );
    expect(await found(clean, entries)).toMatch(/cloned cs_\w+ from tpl_\w+, which no start named/);
    const isFirst = (_: unknown, { stream }: RecordedEvent) => stream === first;
    const boot = find(clean, 'UtilityVmBooted', isFirst).event.payload as { clone: object };
    const clone = { ...boot.clone, templateId: other } as never;
    const bad = altered(clean, 'UtilityVmBooted', { clone }, isFirst);
    expect(await found(bad)).toMatch(/which its start did not name/);
  });

  it('is found where two clones have one identity or one random seed', async () => {
    const isOf =
      (id: WorkloadId) =>
      (_: unknown, { stream }: RecordedEvent) =>
        stream === id;
    const { clone } = find(clean, 'UtilityVmBooted', isOf(first)).event.payload as never;
    const bad = altered(clean, 'UtilityVmBooted', { clone }, isOf(second));
    expect(await found(bad)).toMatch(/has the identity or the seed of another clone/);
  });
});
