import {
  BrokenInvariant,
  consumerDecider,
  consumerStream,
  type DomainEvent,
  type EventMetadata,
  type HostId,
  hostDecider,
  projectionDecider,
  projectionStream,
} from '@bulkhead/domain';
import {
  executeCommand,
  listConsumers,
  listHosts,
  PROJECTIONS,
  type Projection,
} from '@bulkhead/event-store';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hostSpec } from '../../../../test/domain/builders.js';
import { World } from '../../../../test/domain/world.js';
import { KeepersUnderTest } from './keepers-under-test.contract.js';

const metadata: EventMetadata = {
  actor: { kind: 'operator', id: 'test' },
  correlationId: 'test',
  causationPosition: null,
};
const soon = { timeout: 20_000, interval: 20 };
let keepers: KeepersUnderTest;

beforeEach(async () => {
  keepers = await KeepersUnderTest.open();
});
afterEach(() => keepers.close());

/** The code of a release that cannot apply a cordon of one host. */
function broken(hosts: readonly Projection[], bad: HostId) {
  return hosts.map((projection) => ({
    ...projection,
    project: async (...[batch, transaction, generation]: Parameters<Projection['project']>) => {
      if (batch.some(({ stream, event }) => stream === bad && event.type === 'HostCordoned')) {
        throw new BrokenInvariant('the cordon makes no sense');
      }
      await projection.project(batch, transaction, generation);
    },
  }));
}

it('an event that an operator skips leaves its row as it was, until a rebuild repairs it', async () => {
  const hosts = PROJECTIONS.filter(({ name }) => name === 'hosts');
  const world = new World();
  const [bad, good] = [world.registerHost(hostSpec(1)), world.registerHost(hostSpec(2))];
  const { log } = keepers;
  for (const stream of [bad, good]) {
    const recorded = world.log.events.filter((one) => one.stream === stream);
    const events: DomainEvent[] = recorded.map(({ event }) => event);
    await log.append({ streams: [{ owner: null, stream, expectedVersion: 0, events }], metadata });
  }
  const onHost = (stream: HostId, kind: 'cordon' | 'fence') =>
    executeCommand({
      log,
      owner: null,
      stream,
      decider: hostDecider,
      metadata,
      command: { kind, reason: 'tried', nowMs: 1 },
    });
  const shown = async () => {
    const rows = await listHosts(keepers.dataSource, {}, { limit: 10 });
    return Object.fromEntries(rows.map((row) => [row.hostId, row.state]));
  };
  const stopped = async () => (await listConsumers(keepers.pool)).find(({ trouble }) => trouble);

  const stop = keepers.start(100, broken(hosts, bad));
  await expect.poll(shown, soon).toHaveProperty(good);
  await onHost(bad, 'cordon');
  await onHost(good, 'cordon');
  await expect.poll(stopped, soon).toMatchObject({ projection: 'hosts', isBuilding: false });
  expect((await shown())[good]?.cordoned).toBe(false);

  const consumer = await stopped();
  const { name = '', trouble = null } = consumer ?? {};
  await executeCommand({
    log,
    owner: null,
    stream: consumerStream(name),
    decider: consumerDecider,
    metadata,
    command: {
      kind: 'skip-event',
      consumer: name,
      position: trouble?.position ?? 0,
      reason: 'tried',
      trouble,
      nowMs: 1,
    },
  });
  await expect.poll(async () => (await shown())[good]?.cordoned, soon).toBe(true);
  await onHost(bad, 'fence');
  await onHost(good, 'fence');
  await expect.poll(async () => (await shown())[good]?.condition, soon).toBe('fenced');
  expect((await shown())[bad]).toMatchObject({ cordoned: false, condition: 'up' });
  expect(await stopped()).toBeUndefined();
  await stop();

  keepers.start(100, hosts);
  const request = { kind: 'request-rebuild', projection: 'hosts', reason: 'repaired' } as const;
  await executeCommand({
    log,
    owner: null,
    stream: projectionStream('hosts'),
    decider: projectionDecider,
    metadata,
    command: { ...request, answered: 0, isBuilding: false, nowMs: 1 },
  });
  await expect
    .poll(async () => (await shown())[bad], soon)
    .toMatchObject({ cordoned: true, condition: 'fenced' });
  const skips = async () =>
    (await listConsumers(keepers.pool))
      .filter(({ projection }) => projection === 'hosts')
      .map(({ skippedCount }) => skippedCount);
  await expect.poll(skips, soon).toEqual([0]);
});
