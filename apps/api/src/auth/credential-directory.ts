import { type Clock, type CredentialId, isInForce } from '@bulkhead/domain';
import { type EventLog, readCredential } from '@bulkhead/event-store';

/** A revoked credential stops working within 5 s; the rest is left for the reading itself. */
export const CREDENTIAL_KEPT_MS = 3_000;
/** Credentials whose state is remembered; the one that was read longest ago makes room. */
const CREDENTIALS_KEPT_MAX = 10_000;

interface Kept {
  readonly readAtMs: number;
  /** A promise only until it has been read. */
  isLive: boolean | Promise<boolean>;
}

/** What the log says of a credential, read at most every 3 s for each of them. */
export class CredentialDirectory {
  private readonly kept = new Map<CredentialId, Kept>();

  constructor(
    private readonly log: Pick<EventLog, 'readStream'>,
    private readonly clock: Clock,
  ) {}

  /** Whether tokens of the credential still count: said at once where it was read a moment ago. */
  isLive(credentialId: CredentialId): boolean | Promise<boolean> {
    const nowMs = this.clock();
    let kept = this.kept.get(credentialId);
    if (kept === undefined || nowMs - kept.readAtMs >= CREDENTIAL_KEPT_MS) {
      kept = this.keep(credentialId, nowMs);
    }
    return kept.isLive;
  }

  /** Forgets what was read, so that this process sees its own revocation at once. */
  forget(credentialId: CredentialId): void {
    this.kept.delete(credentialId);
  }

  private keep(credentialId: CredentialId, readAtMs: number): Kept {
    const isLive = readCredential(this.log, credentialId).then(isInForce);
    const kept: Kept = { isLive, readAtMs };
    isLive.then(
      (known) => {
        kept.isLive = known;
      },
      () => {
        // A failed read is not remembered: the next request tries again.
        if (this.kept.get(credentialId) === kept) this.kept.delete(credentialId);
      },
    );
    this.kept.delete(credentialId);
    this.kept.set(credentialId, kept);
    const [oldest] = this.kept.keys();
    if (this.kept.size > CREDENTIALS_KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
    return kept;
  }
}
