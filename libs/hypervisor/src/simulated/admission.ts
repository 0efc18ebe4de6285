import type { ComputeSystemId } from '@bulkhead/domain';
import { DriverError, type DriverErrorCode, type Fence } from '../driver.js';
import { driverAnswerTo } from './hcs/driver-answers.js';
import { HcsError } from './hcs/failure.js';
import type { HcsOperation } from './hcs/rule.js';
import type { HostJournal, HostOperation } from './journal-entry.js';
import type { HostLease } from './lease.js';

/** What is asked of a host, by whom, and of which compute system. */
export interface Asked {
  readonly operation: HostOperation;
  readonly fence: Fence;
  readonly id: ComputeSystemId | null;
}

/** What the machine itself does, whether or not its service answers. */
const OF_THE_MACHINE: ReadonlySet<HostOperation> = new Set(['provision', 'reboot', 'renew-lease']);

/** The door of a host: who comes with a stale token or without a lease is refused, on record. */
export class Admission {
  constructor(
    private readonly journal: HostJournal,
    private readonly lease: HostLease,
    /** Throws where what is needed for it does not answer. */
    private readonly reach: (needs: 'machine' | 'service') => void = () => {},
  ) {}

  /** Every effect passes here first. A lease that has run out ends before the effect is looked at. */
  admit(asked: Asked): void {
    this.passFence(asked);
    this.requireLease(asked);
  }

  /** Ends a lease that has run out, before anybody is told what is here. */
  settle(): void {
    this.reach('service');
    this.lease.settle();
  }

  passFence(asked: Asked): void {
    this.reach(OF_THE_MACHINE.has(asked.operation) ? 'machine' : 'service');
    this.lease.settle();
    const { token } = asked.fence;
    const { highestToken } = this.lease;
    if (token < highestToken) {
      this.refuse(asked, 'STALE_FENCE', `token ${token} is older than ${highestToken}`);
    }
    if (token > highestToken) this.#remember(asked);
  }

  requireLease(asked: Asked): void {
    if (!this.lease.isHeld) this.refuse(asked, 'NO_LEASE', 'the host has no lease');
  }

  renewLease(bootId: string, fence: Fence, ttlMs: number): void {
    const raises = fence.token > this.lease.highestToken;
    const asked: Asked = { operation: 'renew-lease', fence, id: null };
    this.passFence(asked);
    const current = this.journal.bootId;
    if (bootId !== current) {
      this.refuse(asked, 'OTHER_BOOT', `boot ${bootId} is over; this is boot ${current}`);
    }
    if (!raises && !this.lease.isHeld) this.journal.append({ kind: 'lease-renewed', fence });
    this.lease.renew(ttlMs);
  }

  /** True where the service began it, false where it had nothing to do; a refusal is on record. */
  carryOut(asked: Asked, operation: HcsOperation, begin: () => void): boolean {
    try {
      begin();
      // What was asked for has begun, but who asked is not told where the service went away over it.
      this.reach('service');
      return true;
    } catch (error) {
      if (!(error instanceof HcsError)) throw error;
      const answer = driverAnswerTo(operation, error.code);
      if (answer === 'nothing') return false;
      return this.refuse(asked, answer, error.message);
    }
  }

  refuse({ operation, fence, id }: Asked, code: DriverErrorCode, detail: string): never {
    const subject = id ? { computeSystemId: id } : {};
    this.journal.append({ kind: 'refused', operation, ...subject, fence, code, detail });
    throw new DriverError(code, detail);
  }

  /** A higher token must outlive this process, even if what comes with it has no effect of its own. */
  #remember({ operation, fence }: Asked): void {
    const renews = operation === 'renew-lease';
    const kept = this.lease.isHeld ? 'the lease goes on with a higher token' : 'no lease yet';
    const detail = renews ? {} : { detail: `${operation}: ${kept}` };
    this.journal.append({ kind: 'lease-renewed', fence, ...detail });
    this.lease.raiseTo(fence.token);
  }
}
