import { beforeEach, describe, expect, it } from 'vitest';
import { advisory, publishAdvisory } from '../../../../../test/domain/advisory-operators.js';
import { hostSpec, idOf, image, unknownImage } from '../../../../../test/domain/builders.js';
import { quarantine } from '../../../../../test/domain/host-operators.js';
import {
  allowTemplates,
  cloneDecisionOf,
  endUtilityVm,
  registerImage,
  requestTemplates,
  retireVoidTemplates,
  runUtilityVm,
  savedTemplateFor,
  saveTemplate,
} from '../../../../../test/domain/templates.js';
import { World } from '../../../../../test/domain/world.js';
import type { HostId, ImageId, TemplateId, TenantId, WorkloadId } from '../../ids.js';
import { imageDecider } from '../../image/decide.js';
import type { ImageFacts } from '../../isolation/decision.js';
import type { TemplatePolicy } from '../../policy/events.js';
import { templateDecider } from '../../vm-template/decide.js';
import { cloneFor } from './clones.js';

const hyperv = { isolation: 'hyperv' } as const;
const facts = image();
let world: World;
let host: HostId;
beforeEach(() => {
  world = new World();
  host = world.registerHost(hostSpec(1));
  registerImage(world, facts);
});

const run = (tenantId: TenantId, of: ImageFacts = facts) => runUtilityVm(world, tenantId, of);
const end = (workloadId: WorkloadId) => endUtilityVm(world, workloadId);
const savedFor = (tenantId: TenantId) => savedTemplateFor(world, tenantId);

/** So many boots of one tenant, that are over. */
function boots(tenantId: TenantId, count: number, of: ImageFacts = facts): void {
  for (let at = 0; at < count; at += 1) end(run(tenantId, of));
}

const retirements = () =>
  world.log.events.flatMap(({ event }) =>
    event.type === 'TemplateRetired' ? [event.payload.cause] : [],
  );

describe('a template is requested', () => {
  it('when utility VMs of one image and boundary have booted on a host as often as policy says', () => {
    allowTemplates(world);
    const tenant = world.registerTenant('standard');
    boots(tenant, 1);
    expect(requestTemplates(world)).toEqual([]);
    boots(tenant, 1);
    const [templateId] = requestTemplates(world);
    const found = world.fleet.templates.get(templateId as TemplateId);
    expect(found?.state).toMatchObject({
      stage: 'requested',
      template: {
        ...{ hostId: host, image: facts, sharing: 'own-boundary', warmCopies: 1 },
        trustBoundary: `own:${tenant}`,
        manifestDigest: `sha256:${'a'.repeat(64)}`,
      },
    });
    expect(requestTemplates(world)).toEqual([]);
  });

  it('never where policy says nothing of templates', () => {
    boots(world.registerTenant('standard'), 5);
    expect(requestTemplates(world)).toEqual([]);
  });

  it('only of images that the catalogue knows, because nobody knows what boots from others', () => {
    allowTemplates(world);
    const tenant = world.registerTenant('hostile');
    boots(tenant, 3, { ...unknownImage, osVersion: facts.osVersion });
    expect(requestTemplates(world)).toEqual([]);
  });

  it('one at a time on a host, and no more of them than policy allows', () => {
    const few: TemplatePolicy = { afterBoots: 1, perHostMax: 2, warmCopies: 0 };
    allowTemplates(world, 'own-boundary', few);
    const saved = [1, 2, 3].map(() => {
      boots(world.registerTenant('standard'), 1);
      const [templateId, ...more] = requestTemplates(world);
      expect(more).toEqual([]);
      expect(requestTemplates(world)).toEqual([]);
      if (templateId !== undefined) saveTemplate(world, templateId);
      return templateId;
    });
    expect(saved.map((id) => id !== undefined)).toEqual([true, true, false]);
  });

  it('not on a host in quarantine, nor while an advisory breaks the hypervisor there', () => {
    allowTemplates(world);
    boots(world.registerTenant('standard'), 2);
    const before = world.log.events.length;
    publishAdvisory(world, advisory(1, { wall: 'hypervisor' }));
    expect(requestTemplates(world)).toEqual([]);
    expect(world.log.events.length).toBeGreaterThan(before);
    const other = new World();
    world = other;
    host = other.registerHost(hostSpec(1));
    registerImage(world, facts);
    allowTemplates(other);
    boots(other.registerTenant('standard'), 2);
    quarantine(other, host, false);
    expect(requestTemplates(other)).toEqual([]);
  });

  it('for all trusted tenants together where policy lets them share and trusts the publisher', () => {
    allowTemplates(world, 'trusted-boundaries');
    const red = world.registerTenant('trusted', 'red');
    const templateId = savedFor(red);
    const sharing = (id: TemplateId | undefined) =>
      id && world.fleet.templates.get(id)?.state.template?.sharing;
    expect(sharing(templateId)).toBe('trusted-boundaries');
    boots(world.registerTenant('trusted', 'blue'), 3);
    expect(requestTemplates(world)).toEqual([]);
    boots(world.registerTenant('standard'), 2);
    expect(requestTemplates(world).map(sharing)).toEqual(['own-boundary']);
  });

  it('for one boundary where the publisher is not trusted, whatever policy lets be shared', () => {
    allowTemplates(world, 'trusted-boundaries');
    const theirs = image({ imageId: idOf('img', 8) as ImageId, publisher: 'somebody' });
    registerImage(world, theirs);
    boots(world.registerTenant('trusted', 'red'), 2, theirs);
    const [templateId] = requestTemplates(world);
    const found = world.fleet.templates.get(templateId as TemplateId)?.state.template;
    expect(found).toMatchObject({ image: theirs, sharing: 'own-boundary' });
  });

  it('anew after as many boots, once its host had to give it up or has booted', () => {
    allowTemplates(world);
    const tenant = world.registerTenant('standard');
    const templateId = savedFor(tenant);
    const givenUp = { kind: 'retire-template', cause: 'given-up', detail: 'test' } as const;
    world.run(templateDecider, templateId, null, { ...givenUp, nowMs: world.nowMs });
    expect(requestTemplates(world)).toEqual([]);
    boots(tenant, 1);
    world.boot(host);
    boots(tenant, 1);
    expect(requestTemplates(world)).toEqual([]);
    boots(tenant, 1);
    expect(requestTemplates(world)).toHaveLength(1);
  });
});

describe('a clone', () => {
  it('is recorded only while nothing has changed that it was decided by', () => {
    allowTemplates(world, 'trusted-boundaries');
    const red = world.registerTenant('trusted', 'red');
    const templateId = savedFor(red);
    run(red);
    const next = world.submit(world.registerTenant('trusted', 'blue'), hyperv, facts);
    world.place();
    const workload = world.fleet.workloads.get(next)?.state;
    const attempt = world.attemptOf(next);
    if (workload === undefined || attempt === null) throw new Error('nothing was placed');
    const { decision, guards } = cloneFor(world.fleet, workload, attempt, world.nowMs);
    expect(decision).toMatchObject({ templateId, sharers: [{ tenantId: red, trust: 'trusted' }] });
    const streams = guards.map(({ stream }) => stream);
    const read = [templateId, 'policy', 'advisories', facts.imageId, red];
    expect([...streams].sort()).toEqual([...read].sort());
    for (const { stream, version } of guards) {
      expect(version).toBe(world.log.events.filter((one) => one.stream === stream).length);
    }
  });

  it('is recorded with its start and its boot, and its holder until the release', () => {
    allowTemplates(world);
    const tenant = world.registerTenant('hostile');
    const templateId = savedFor(tenant);
    const clone = run(tenant);
    const ofClone = world.log.events.filter(({ stream }) => stream === clone);
    const told = Object.fromEntries(ofClone.map(({ event }) => [event.type, event.payload]));
    expect(told['StartAuthorized']).toMatchObject({ clone: { templateId, reasons: [] } });
    expect(told['UtilityVmBooted']).toMatchObject({ path: 'cloned', clone: { templateId } });
    expect(world.fleet.templates.holdersOf(templateId)).toEqual([
      { tenantId: tenant, trustBoundary: `own:${tenant}` },
    ]);
    end(clone);
    expect(world.fleet.templates.holdersOf(templateId)).toEqual([]);
  });

  it('is never made across boundaries that are not both trusted', () => {
    allowTemplates(world, 'trusted-boundaries');
    savedFor(world.registerTenant('standard'));
    savedFor(world.registerTenant('trusted', 'red'));
    for (const trust of ['standard', 'hostile'] as const) {
      const workloadId = run(world.registerTenant(trust));
      const boot = world.attemptOf(workloadId)?.timings[0];
      expect(boot).toMatchObject({ stage: 'utility-vm-boot', path: 'cold' });
    }
    const blue = run(world.registerTenant('trusted', 'blue'));
    expect(world.attemptOf(blue)?.timings[0]).toMatchObject({ path: 'cloned' });
  });

  it('stays of its template, or boots, when its start is authorized again', () => {
    allowTemplates(world);
    const tenant = world.registerTenant('standard');
    const booting = world.submit(tenant, hyperv, facts);
    world.place();
    world.start(booting, true);
    const templateId = savedFor(tenant);
    expect(cloneDecisionOf(world, booting)).toBeNull();
    const cloning = world.submit(tenant, hyperv, facts);
    world.place();
    world.start(cloning, true);
    expect(cloneDecisionOf(world, cloning)).toMatchObject({ templateId });
    world.run(imageDecider, facts.imageId, null, {
      ...{ kind: 'revoke-image', reason: 'malware' },
      nowMs: world.nowMs,
    });
    expect(cloneDecisionOf(world, cloning)).toMatchObject({ templateId: null });
    expect(world.fleet.templates.holdersOf(templateId)).toHaveLength(1);
  });
});

describe('a template is retired', () => {
  let templateId: TemplateId;
  let red: TenantId;
  beforeEach(() => {
    allowTemplates(world, 'trusted-boundaries');
    red = world.registerTenant('trusted', 'red');
    templateId = savedFor(red);
    retireVoidTemplates(world);
    expect(retirements()).toEqual([]);
  });

  it.each([
    [
      'when its image is revoked',
      'image-revoked',
      () => {
        const { nowMs } = world;
        const revoke = { kind: 'revoke-image', reason: 'malware', nowMs } as const;
        world.run(imageDecider, facts.imageId, null, revoke);
      },
    ],
    ['when its host has booted', 'host-booted', () => world.boot(host)],
    [
      'when an advisory breaks the hypervisor of its build',
      'open-advisory',
      () => publishAdvisory(world, advisory(1, { wall: 'hypervisor' })),
    ],
    ['when policy lets no boundaries share', 'policy-changed', () => allowTemplates(world)],
    [
      'when a tenant whose clone holds its pages is trusted no more',
      'trust-changed',
      () => {
        run(red);
        world.changeTrust(red, 'hostile');
      },
    ],
  ] as const)('%s', (_title, cause, happens) => {
    happens();
    retireVoidTemplates(world);
    expect(retirements()).toEqual([cause]);
    expect(world.fleet.templates.get(templateId)?.state.stage).toBe('retired');
    retireVoidTemplates(world);
    expect(retirements()).toEqual([cause]);
    const next = world.submit(world.registerTenant('trusted', 'red'), hyperv, facts);
    world.place();
    if (world.attemptOf(next) === null) return;
    expect(cloneDecisionOf(world, next)?.templateId ?? null).toBeNull();
  });
});
