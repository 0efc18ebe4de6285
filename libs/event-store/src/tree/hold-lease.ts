import { LEASE_RENEW_MS, type Lease, type Leases } from '../consumers/lease.js';
import { pause } from '../consumers/pause.js';

/**
 * Works under a lease: renews it beside the work, ends the work when the lease is lost, and gives it up
 * at the end. What `work` throws passes.
 */
export async function holdLease(
  leases: Leases,
  lease: Lease,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const renewing = renewUntil(leases, lease, over);
  try {
    await work(AbortSignal.any([signal, over.signal]));
  } finally {
    over.abort();
    await renewing;
    // Where this fails, the lease ends by itself.
    await leases.release([lease]).catch(() => {});
  }
}

/** A renewal that fails says nothing: the lease may last, and what is written is checked against it. */
async function renewUntil(leases: Leases, lease: Lease, over: AbortController): Promise<void> {
  for (;;) {
    await pause(LEASE_RENEW_MS, over.signal);
    if (over.signal.aborted) return;
    const held = await leases.renew([lease]).catch(() => [lease]);
    if (held.length === 0) over.abort();
  }
}
