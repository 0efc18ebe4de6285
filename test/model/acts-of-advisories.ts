import { type AdvisoryId, type AdvisoryPublished, advisoryDecider } from '@bulkhead/domain';
import { advisory, tellBoard, withdrawAdvisory } from '../domain/advisory-operators.js';
import { type Act, pick } from './act.js';
import type { Play } from './play.js';

/** More would leave hardly any kernel on which a silo may start. */
const STANDING_MAX = 2;

const walls = ['shared-kernel', 'shared-kernel', 'hypervisor', 'image-import'] as const;
const builds = [20348, 26100, 17763];
const fixes = [null, 2, 1];

/** What operators do about vulnerabilities. Evictions follow later, as after a change of a tenant. */
export const actsOfAdvisories: readonly Act[] = [
  { name: 'publish-advisory', weight: 1, comesBetween: true, play: publish },
  { name: 'place-as-advisory-comes', weight: 2, play: placeAsAdvisoryComes },
  {
    name: 'withdraw-advisory',
    weight: 2,
    comesBetween: true,
    play: ({ world }, who) => {
      const standing = pick([...world.fleet.advisories.keys()], who);
      if (standing !== undefined) withdrawAdvisory(world, standing);
    },
  },
];

function publish(on: Play, who: number, what: number): void {
  const { log, nowMs } = on.world;
  announce(on, drawn(log.events.length + 1, who, what, nowMs));
}

function announce(on: Play, published: AdvisoryPublished['payload']): void {
  const { world } = on;
  const { nowMs } = world;
  const { advisoryId } = published;
  if (world.fleet.advisories.size >= STANDING_MAX) return;
  on.evictionsAreDue();
  const command = { kind: 'publish-advisory', advisory: published, nowMs } as const;
  world.run(advisoryDecider, advisoryId, null, command);
  tellBoard(world, advisoryId, 'published');
}

/** Just when a round has planned to place on a host, it becomes known that its kernel is broken. */
function placeAsAdvisoryComes(on: Play, who: number, what: number): void {
  const { world } = on;
  let isFirst = true;
  world.place((planned) => {
    const { osVersion } = world.fleet.hosts.get(planned.command.hostId)?.state.spec ?? {};
    if (isFirst && osVersion !== undefined) {
      const told = drawn(world.log.events.length + 1, who, what, world.nowMs);
      const builds = [{ build: osVersion.build, fixedRevision: null }];
      announce(on, { ...told, wall: 'shared-kernel', builds });
    }
    isFirst = false;
    return on.hasMoved(planned);
  });
}

/** Of some wall and build; fixed already, fixed later or not at all; some end soon by themselves. */
function drawn(
  number: number,
  who: number,
  what: number,
  nowMs: number,
): AdvisoryPublished['payload'] {
  const fixedRevision = pick(fixes, what) ?? null;
  // Where every build is broken, what else would share a kernel gets a utility VM for that alone.
  const broken = what % 3 === 0 ? builds : [pick(builds, who) ?? 0];
  const untilMs = what % 4 === 0 ? nowMs + 1 + (what % 9_000) : null;
  return advisory(number, {
    wall: pick(walls, what) ?? 'shared-kernel',
    builds: broken.map((build) => ({ build, fixedRevision })),
    window: { fromMs: nowMs, untilMs },
  });
}

/** Nothing is forbidden any more because a wall is broken. */
export function withdrawAll({ world }: Play): void {
  for (const advisoryId of [...world.fleet.advisories.keys()] as AdvisoryId[]) {
    withdrawAdvisory(world, advisoryId);
  }
}
