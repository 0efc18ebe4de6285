import { type HostId, hostOf, mayReboot, rebootsWanted } from '@bulkhead/domain';
import { hostSpec } from '../domain/builders.js';
import {
  drain,
  quarantine,
  releaseHost,
  requestReboot,
  retire,
  tendHosts,
} from '../domain/host-operators.js';
import { reportIncident } from '../domain/incident-operators.js';
import { type Act, pick } from './act.js';
import type { Play } from './play.js';

const onHost =
  (act: (on: Play, hostId: HostId, what: number) => void): Act['play'] =>
  (on, who, what) =>
    act(on, pick(on.hosts(), who) as HostId, what);

const anyTime = { weight: 1, comesBetween: true } as const;

/** What becomes of machines, and what operators and the worker do about it. */
export const actsOfHosts: readonly Act[] = [
  { name: 'cordon', ...anyTime, play: onHost(({ world }, id) => world.onHost(id, 'cordon')) },
  { name: 'uncordon', weight: 1, play: onHost(({ world }, id) => world.onHost(id, 'uncordon')) },
  {
    name: 'drain',
    ...anyTime,
    play: onHost(({ world }, id, what) => drain(world, id, what % 2 === 0 ? null : what % 500)),
  },
  {
    name: 'quarantine',
    ...anyTime,
    play: onHost(({ world }, id, what) => {
      if (what % 2 === 0) quarantine(world, id, what % 3 === 0);
      else reportIncident(world, id, {}, what % 3 === 0);
    }),
  },
  { name: 'lose', ...anyTime, play: onHost(({ world }, id) => world.loseHost(id)) },
  { name: 'recover', weight: 1, play: onHost(({ world }, id) => world.recoverHost(id)) },
  { name: 'fence', ...anyTime, play: onHost(({ world }, id) => world.fence(id)) },
  { name: 'boot', ...anyTime, play: onHost(({ world }, id) => world.boot(id)) },
  { name: 'boot-empty', weight: 1, play: onHost(bootEmpty) },
  { name: 'ask-for-reboots', weight: 8, play: askForReboots },
  { name: 'reboot', weight: 3, play: onHost(reboot) },
  { name: 'mend', weight: 9, play: onHost(mend) },
  { name: 'tend-hosts', weight: 4, play: ({ world }) => tendHosts(world) },
  { name: 'replace', weight: 5, play: replace },
];

/** Everything that keeps work away from a host comes to its end. */
export function mend({ world }: Play, hostId: HostId): void {
  releaseHost(world, hostId);
  world.onHost(hostId, 'uncordon');
  const condition = world.fleet.hosts.get(hostId)?.state.condition;
  if (condition === 'lost') world.recoverHost(hostId);
  if (condition === 'fenced') world.boot(hostId);
  reboot({ world }, hostId);
}

/** The placer frees kernels of empty hosts for those who wait for one. */
function askForReboots({ world, empty }: Play): void {
  empty.look(world.fleet, world.nowMs);
  for (const wanted of rebootsWanted(world.fleet, world.room, empty, world.nowMs)) {
    requestReboot(world, wanted.host.hostId, wanted.trustBoundary);
  }
}

/** The job that a wanted reboot asks for. */
function reboot({ world }: Pick<Play, 'world'>, hostId: HostId): void {
  if (mayReboot(hostOf(world.fleet, hostId).state)) world.boot(hostId);
}

/** A host that holds nothing boots, which frees its kernel. */
export function bootEmpty(on: Play, hostId: HostId): void {
  const { world } = on;
  if (on.holders().some((id) => world.attemptOf(id)?.hostId === hostId)) return;
  world.boot(hostId);
}

/** A host leaves the fleet, one that was drained if there is any, and a machine like it comes in its place. */
function replace(on: Play, who: number): void {
  const { world } = on;
  const drained = (id: HostId) =>
    (world.fleet.hosts.get(id)?.state.drain?.drainedAtMs ?? null) !== null;
  const hosts = on.hosts();
  const hostId = (pick(hosts.filter(drained), who) ?? pick(hosts, who)) as HostId;
  const { spec } = world.fleet.hosts.get(hostId)?.state ?? {};
  if (spec == null || !retire(world, hostId)) return;
  const { hostId: _left, name: _name, ...machine } = spec;
  world.registerHost(hostSpec(world.hosts.size + 1, machine));
}
