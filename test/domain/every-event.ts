import {
  type CredentialId,
  consumerDecider,
  consumerStream,
  credentialDecider,
  type DomainEvent,
  type ImageId,
  imageDecider,
  projectionDecider,
  projectionStream,
  queueDecider,
  queueStream,
  type RecordedEvent,
  seededCatalogue,
  type TemplateCommand,
  templateDecider,
} from '@bulkhead/domain';
import { advisory, publishAdvisory, withdrawAdvisory } from './advisory-operators.js';
import { cancelledBatch, failedBatch, overdueBatch } from './batch-story.js';
import { hostSpec, idOf, unknownImage } from './builders.js';
import { changeQuota } from './change-quota.js';
import { cleanStory } from './clean-story.js';
import {
  drain,
  quarantine,
  releaseHost,
  requestReboot,
  retire,
  tendHosts,
} from './host-operators.js';
import { containIncident, reportIncident } from './incident-operators.js';
import { everySchedule } from './schedule-story.js';
import { templateFacts } from './templates.js';
import { changedWebhook } from './webhook-story.js';
import { World } from './world.js';

/** A log in which every event type that the deciders can write occurs at least once. */
export function everyEvent(): RecordedEvent[] {
  return [...cleanStory().world.log.events, ...troubledDay().log.events];
}

/** Everything that does not happen on a day without fault. */
function troubledDay(): World {
  const world = new World();
  const host = world.registerHost(hostSpec(1, { memoryMiB: 4_096 }));
  const tenantId = world.registerTenant('trusted', 'red');
  const run = (changes = {}) => {
    const workloadId = world.submit(tenantId, changes);
    world.place();
    world.start(workloadId);
    return workloadId;
  };
  const silo = run({ timeoutSeconds: 5, restartPolicy: { maxAttempts: 2, backoffSeconds: 1 } });
  world.started(silo);
  reportStages(world, run());
  failToStart(world, run());
  world.cancel(run());
  const { computeSystemId } = world.attemptOf(silo) ?? {};
  if (computeSystemId === undefined) throw new Error('nothing was placed');
  world.ask(silo, { kind: 'exceed-deadline', computeSystemId, nowMs: world.nowMs });
  world.exit(silo, 1, 'ForcedExit');
  world.release(silo);
  world.onHost(host, 'cordon');
  world.submit(tenantId, {}, unknownImage);
  world.place();
  world.onHost(host, 'uncordon');
  emptied(world);
  world.loseHost(host);
  world.recoverHost(host);
  world.loseHost(host);
  world.fence(host);
  world.suspend(tenantId);
  world.reinstate(tenantId);
  changeQuota(world, tenantId, { workloads: 50 });
  world.changeTrust(tenantId, 'hostile');
  world.submit(tenantId, { isolation: 'process', strict: true });
  credentialsAndImages(world);
  withdrawAdvisory(world, publishAdvisory(world, advisory(1)));
  failedBatch(world);
  cancelledBatch(world);
  overdueBatch(world);
  everySchedule(world);
  stoppedConsumer(world);
  requestedRebuild(world);
  retriedQueue(world);
  changedWebhook(world, tenantId);
  savedTemplate(world);
  return world;
}

/** A host that is looked into, drained, and leaves the fleet. */
function emptied(world: World): void {
  const old = world.registerHost(hostSpec(2));
  containIncident(world, reportIncident(world, old));
  quarantine(world, old, true);
  releaseHost(world, old);
  requestReboot(world, old, 'group:red');
  world.boot(old);
  drain(world, old, 0);
  tendHosts(world);
  retire(world, old);
}

function reportStages(world: World, workloadId: ReturnType<World['submit']>): void {
  const { computeSystemId } = world.attemptOf(workloadId) ?? {};
  if (computeSystemId === undefined) throw new Error('nothing was placed');
  const at = { path: null, startedAtMs: world.nowMs - 10, finishedAtMs: world.nowMs } as const;
  const stages = ['image-pull', 'create', 'network-attach', 'start'] as const;
  const timings = stages.map((stage) => ({ stage, ...at }));
  world.ask(workloadId, { kind: 'report-started', computeSystemId, timings });
}

function failToStart(world: World, workloadId: ReturnType<World['submit']>): void {
  const { computeSystemId } = world.attemptOf(workloadId) ?? {};
  if (computeSystemId === undefined) throw new Error('nothing was placed');
  const failure = { code: 'HCS_E_OPERATION_TIMEOUT', detail: 'it hung', occurredAtMs: world.nowMs };
  world.ask(workloadId, { kind: 'report-start-failed', computeSystemId, ...failure });
  const released = { kind: 'report-released', computeSystemId, chance: 0 } as const;
  world.ask(workloadId, { ...released, nowMs: world.nowMs });
}

function credentialsAndImages(world: World): void {
  const { nowMs } = world;
  const credentialId = idOf('cred', 1) as CredentialId;
  const secretSha256 = 'a'.repeat(64);
  const issued = { credentialId, role: 'operator', tenantId: null, secretSha256, nowMs } as const;
  world.run(credentialDecider, credentialId, null, { kind: 'issue-credential', ...issued });
  world.run(credentialDecider, credentialId, null, {
    kind: 'revoke-credential',
    reason: 'lost',
    nowMs,
  });
  const imageId = idOf('img', 1) as ImageId;
  const [first] = seededCatalogue;
  if (first === undefined) throw new Error('the catalogue is empty');
  const image = { ...first, imageId };
  world.run(imageDecider, imageId, null, { kind: 'register-image', image, nowMs });
  world.run(imageDecider, imageId, null, { kind: 'revoke-image', reason: 'malware', nowMs });
}

function stoppedConsumer(world: World): void {
  const { nowMs } = world;
  const consumer = 'workloads';
  const stopped = { kind: 'stopped', position: 7, stoppedAtMs: nowMs, mayBeSkipped: true } as const;
  const event = { eventId: idOf('wl', 7), stream: idOf('wl', 1), type: 'WorkloadSubmitted' };
  const act = { consumer, reason: 'tried', trouble: { ...stopped, ...event }, nowMs };
  const stream = consumerStream(consumer);
  world.run(consumerDecider, stream, null, { ...act, kind: 'retry' });
  world.run(consumerDecider, stream, null, { ...act, kind: 'skip-event', position: 7 });
}

function retriedQueue(world: World): void {
  const { nowMs } = world;
  const failures = { failedJobs: 3, newestFailureMs: nowMs - 1_000 };
  const retry = { kind: 'retry', queue: 'starts', reason: 'tried', ...failures, nowMs } as const;
  world.run(queueDecider, queueStream('starts'), null, retry);
}

function requestedRebuild(world: World): void {
  const request = { kind: 'request-rebuild', projection: 'hosts', reason: 'tried' } as const;
  const answered = { answered: 0, isBuilding: false, nowMs: world.nowMs };
  world.run(projectionDecider, projectionStream('hosts'), null, { ...request, ...answered });
}

function savedTemplate(world: World): void {
  const { nowMs } = world;
  const template = templateFacts({ manifestDigest: `sha256:${'a'.repeat(64)}` });
  const act = (command: TemplateCommand) =>
    world.run(templateDecider, template.templateId, null, command);
  act({ kind: 'request-template', template, boots: 3, policyVersion: 1, nowMs });
  act({ kind: 'report-saved', savedAtMs: nowMs, nowMs });
  act({ kind: 'retire-template', cause: 'given-up', detail: 'tried', nowMs });
}

/** One event of each type that occurs. */
export function oneOfEachType(): ReadonlyMap<DomainEvent['type'], RecordedEvent> {
  const first = new Map<DomainEvent['type'], RecordedEvent>();
  for (const recorded of everyEvent()) {
    if (!first.has(recorded.event.type)) first.set(recorded.event.type, recorded);
  }
  return first;
}
