import type { TemplateId } from '@bulkhead/domain';
import { HcsError } from './failure.js';
import { answerOfVm } from './operations.js';
import type { HcsOperation, HcsStanding } from './rule.js';

/**
 * The compute system of a template: a utility VM of its own, without a container, which is only what the
 * service's table lets it be. Whoever has begun something says when it is over.
 */
export class TemplateSystem {
  #standing: HcsStanding = 'Absent';

  constructor(readonly id: TemplateId) {}

  get standing(): HcsStanding {
    return this.#standing;
  }

  ask(operation: HcsOperation): void {
    const answer = answerOfVm(operation, this.#standing);
    if ('code' in answer) throw new HcsError(answer.code, `${operation} of ${this.id}`);
    this.#standing = answer.leadsTo;
  }

  /** The start is over. */
  started(): void {
    if (this.#standing === 'Starting') this.#standing = 'Running';
  }

  /** Everything is written. */
  saved(): void {
    if (this.#standing === 'Saving') this.#standing = 'SavedAsTemplate';
  }

  /** Forced: its guest has nothing to shut down. */
  end(): void {
    if (this.#standing === 'Stopped') return;
    this.ask('Terminate');
    this.#standing = 'Stopped';
  }
}
