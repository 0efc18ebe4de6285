import {
  type AdvisoryId,
  type AdvisoryPublished,
  advisoryBoardDecider,
  advisoryBreachesOf,
  advisoryDecider,
} from '@bulkhead/domain';
import { idOf } from './builders.js';
import type { World } from './world.js';

type Advisory = AdvisoryPublished['payload'];

/** Breaks the shared kernel of build 20348 below revision 2, until it is withdrawn. */
export function advisory(number: number, changes: Partial<Advisory> = {}): Advisory {
  return {
    advisoryId: idOf('adv', number) as AdvisoryId,
    title: 'a way out of a silo',
    reference: 'CVE-2026-70270',
    wall: 'shared-kernel',
    os: 'windows',
    builds: [{ build: 20348, fixedRevision: 2 }],
    window: { fromMs: 0, untilMs: null },
    ...changes,
  };
}

/** Publishes it, and does at once what the placer does about it. */
export function publishAdvisory(world: World, published: Advisory): AdvisoryId {
  const { nowMs } = world;
  const { advisoryId } = published;
  const command = { kind: 'publish-advisory', advisory: published, nowMs } as const;
  const events = world.run(advisoryDecider, advisoryId, null, command);
  if (events.length > 0) tellBoard(world, advisoryId, 'published');
  evictFromBrokenKernels(world);
  return advisoryId;
}

export function withdrawAdvisory(world: World, advisoryId: AdvisoryId): void {
  const { nowMs } = world;
  const command = { kind: 'withdraw-advisory', reason: 'test', nowMs } as const;
  const events = world.run(advisoryDecider, advisoryId, null, command);
  if (events.length > 0) tellBoard(world, advisoryId, 'withdrawn');
}

/** As the placer does after every advisory and every policy. */
export function evictFromBrokenKernels(world: World): void {
  for (const breach of advisoryBreachesOf(world.fleet, world.nowMs)) {
    world.evict(breach.workloadId, breach.cause, breach.causedByPosition);
  }
}

/** What stands beside every change of an advisory. */
export function tellBoard(
  world: World,
  advisoryId: AdvisoryId,
  change: 'published' | 'withdrawn',
): void {
  const { nowMs } = world;
  const command = { kind: 'change-advisories', advisoryId, change, nowMs } as const;
  world.run(advisoryBoardDecider, 'advisories', null, command);
}
