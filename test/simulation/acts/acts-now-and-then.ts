import type { BatchId, IncidentId } from '@bulkhead/domain';
import { imageIdOf } from '@bulkhead/event-store';
import { RetryFailed } from '../../../apps/api/src/batches/retry-failed.handler.js';
import { RevokeImage } from '../../../apps/api/src/catalogue/revoke-image.handler.js';
import { ContainIncident } from '../../../apps/api/src/incidents/contain-incident.handler.js';
import type { Act } from './act.js';
import { publishRarerPolicy } from './acts-of-operators.js';
import { submitBody } from './acts-of-tenants.js';
import { changeHost } from './acts-on-hosts.js';
import { pointed, type Stage } from './stage.js';
import { images, troubledSubmission } from './submission.js';

const reason = 'simulation';

/** Only where a plan names them: see `rarerActs`. */
export const actsNowAndThen: readonly Act[] = [
  { name: 'submit-troubled', weight: 0, play: submitTroubled },
  { name: 'retry-batch', weight: 0, play: retryBatch },
  { name: 'revoke-image', weight: 0, play: revokeImage },
  { name: 'contain-incident', weight: 0, play: containIncident },
  { name: 'retire-host', weight: 0, play: retireHost },
  { name: 'publish-rarer-policy', weight: 0, play: publishRarerPolicy },
];

function submitTroubled(stage: Stage, who: number, what: number): void {
  submitBody(stage, who, troubledSubmission(what));
}

function retryBatch(stage: Stage, who: number): void {
  const batch = pointed(stage.batches, who);
  if (batch === null) return;
  const { caller, idempotency } = stage.asTenant(
    batch.tenantId,
    'POST /v1/batches/{id}/retry-failed',
  );
  void stage.ask(
    `retry what failed of ${batch.id}`,
    ({ retryFailed }) =>
      retryFailed.execute(new RetryFailed(caller, batch.id, reason, idempotency)),
    ({ body }) => {
      const id = body.id as BatchId;
      stage.answered.add(id);
      stage.batches.push({ tenantId: batch.tenantId, id });
    },
  );
}

/** The first image stays, so that most of a world goes on. */
function revokeImage(stage: Stage, who: number): void {
  const reference = pointed(
    images.slice(1).filter((image) => image !== images[0]),
    who,
  );
  if (reference === null) return;
  const caller = stage.world.people.operator();
  void stage.ask(`revoke ${reference}`, (handlers) =>
    handlers.revokeImage.execute(new RevokeImage(caller, imageIdOf(reference), reason)),
  );
}

function containIncident(stage: Stage, who: number): void {
  const incidentId = pointed<IncidentId>(stage.incidents, who);
  if (incidentId === null) return;
  const caller = stage.world.people.operator();
  void stage.ask(`close ${incidentId}`, (handlers) =>
    handlers.containIncident.execute(new ContainIncident(caller, incidentId, reason)),
  );
}

/** It is emptied first, and retired when somebody asks again. The one that can run everything stays. */
function retireHost(stage: Stage, who: number): void {
  const others = stage.hosts.filter((hostId) => hostId !== stage.keptHost);
  const hostId = pointed(others, who);
  if (hostId === null) return;
  const at = stage.hosts.indexOf(hostId);
  void changeHost(stage, at, { kind: 'drain', reason, evictAfterMs: 0 }).then(() =>
    changeHost(stage, at, { kind: 'retire', reason }),
  );
}
