import { describe, expect, it } from 'vitest';
import { hostSpec, image } from '../../../../test/domain/builders.js';
import {
  allowTemplates,
  endUtilityVm,
  registerImage,
  runUtilityVm,
  savedTemplateFor,
} from '../../../../test/domain/templates.js';
import { World } from '../../../../test/domain/world.js';
import { templateDecider } from './decide.js';
import { sharedPagesWith, TemplateUse, templateUseTypes } from './template-use.js';

describe('who held pages of a template', () => {
  const world = new World();
  world.registerHost(hostSpec(1));
  registerImage(world, image());
  allowTemplates(world, 'trusted-boundaries');
  const red = world.registerTenant('trusted', 'red');
  const blue = world.registerTenant('trusted', 'blue');
  const templateId = savedTemplateFor(world, red);
  const pass = () => {
    world.nowMs += 1_000;
  };
  const first = runUtilityVm(world, red);
  pass();
  const second = runUtilityVm(world, blue);
  pass();
  endUtilityVm(world, first);
  pass();
  const third = runUtilityVm(world, red);
  pass();
  const use = new TemplateUse(templateId);
  const told = world.log.events.filter(({ event }) => templateUseTypes.includes(event.type));
  for (const recorded of told) use.see(recorded);

  it('is told from the record of each start to the record of its release', () => {
    const [one, two, three] = use.clones;
    expect(use.clones.map(({ workloadId }) => workloadId)).toEqual([first, second, third]);
    expect(one).toMatchObject({
      tenantId: red,
      trustBoundary: 'group:red',
      origin: { templateId },
    });
    expect((one?.untilMs ?? 0) - (one?.fromMs ?? 0)).toBe(2_000);
    expect([two?.untilMs, three?.untilMs]).toEqual([null, null]);
  });

  it('names those of other tenants that held them meanwhile', () => {
    const shared = use.clones.map((clone) =>
      sharedPagesWith(clone, use.clones).map(({ workloadId }) => workloadId),
    );
    expect(shared).toEqual([[second], [first, third], [second]]);
  });

  it('is over once the template is retired and its last clone is gone', () => {
    expect(use.isOver).toBe(false);
    const before = world.log.events.length;
    const retired = { kind: 'retire-template', cause: 'given-up', detail: 'test' } as const;
    world.run(templateDecider, templateId, null, { ...retired, nowMs: world.nowMs });
    endUtilityVm(world, second);
    for (const recorded of world.log.events.slice(before)) use.see(recorded);
    expect(use.isOver).toBe(false);
    const between = world.log.events.length;
    endUtilityVm(world, third);
    for (const recorded of world.log.events.slice(between)) use.see(recorded);
    expect(use.isOver).toBe(true);
  });
});
