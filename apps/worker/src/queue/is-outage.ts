import { troubleOf } from '@bulkhead/event-store';

/**
 * What Redis answers, whatever it is asked, while it cannot serve; also where a transaction came to nothing
 * for that, or scripts were forgotten and are sent again with the next try.
 */
const REDIS_UNABLE =
  /^(BUSY|CLUSTERDOWN|ERR max number of clients|EXECABORT|LOADING|MASTERDOWN|MISCONF|NOAUTH|NOPERM|NOREPLICAS|NOSCRIPT|OOM|READONLY|TRYAGAIN|WRONGPASS)\b/;
/** What BullMQ itself says of a job, without asking its datastore. */
const JOB_REFUSED = /^(Custom Id|Deduplication|Job|JobId|Priority|The size of job)\b/;
const SQLSTATE = /^[0-9FHPX][0-9A-Z]{4}$/;
/** The data, or the program, are at fault: neither comes with a connection. */
const OF_THE_PROGRAM = [RangeError, SyntaxError, TypeError];

/**
 * Whether the queues cannot be reached or cannot serve anybody, which passes, rather than that they answer
 * and refuse what they were asked, which does not. What says neither is taken for an outage: to wait and
 * ask again is right for both, and only a refusal that is sure may stop what follows the log.
 */
export function isOutage(error: unknown): boolean {
  if (troubleOf(error) !== null) return true;
  if (!(error instanceof Error)) return true;
  const { code, name, message } = error as Error & { readonly code?: unknown };
  if (name === 'ReplyError') return REDIS_UNABLE.test(message);
  // BullMQ numbers what its scripts refuse.
  if (typeof code === 'number') return false;
  if (typeof code === 'string' && SQLSTATE.test(code)) return false;
  return !JOB_REFUSED.test(message) && !OF_THE_PROGRAM.some((kind) => error instanceof kind);
}
