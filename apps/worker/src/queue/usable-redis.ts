import { Redis } from 'ioredis';

const OLDEST_REDIS = '7.0.0';
const OLDEST_VALKEY = '7.2.0';
const ANSWER_TIMEOUT_MS = 5_000;
const DEFAULT_PORT = '6379';

/** The Redis of REDIS_URL cannot hold the queues. The message says why, and never what the URL holds. */
export class UnusableRedis extends Error {
  override readonly name = 'UnusableRedis';
}

/**
 * Whether a Redis answers, lets us in, is new enough and keeps what it is given. Asked once, before the
 * first queue is made: BullMQ itself would wait and ask for ever.
 * @throws UnusableRedis with a sentence for the operator
 */
export async function assertUsableRedis(redisUrl: string): Promise<void> {
  const address = addressOf(redisUrl);
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: ANSWER_TIMEOUT_MS,
    commandTimeout: ANSWER_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
  });
  // The reason of a failed connection comes as an event, and connect() tells only that it failed.
  let reason: Error | null = null;
  redis.on('error', (error: Error) => {
    reason = error;
  });
  try {
    await redis.connect();
    const problem = problemOf(await redis.info());
    if (problem !== null) throw new UnusableRedis(`the server at ${address} ${problem}`);
  } catch (error) {
    if (error instanceof UnusableRedis) throw error;
    throw new UnusableRedis(sentenceOf(reason ?? (error as Error), address));
  } finally {
    redis.disconnect();
  }
}

/** What stands against a server that says this of itself; null where nothing does. */
export function problemOf(info: string): string | null {
  const said = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? null;
  const valkey = said('valkey_version');
  const version = valkey ?? said('redis_version') ?? '0';
  const [name, oldest] = valkey === null ? ['Redis', OLDEST_REDIS] : ['Valkey', OLDEST_VALKEY];
  if (isOlder(version, oldest)) {
    return `is ${name} ${version}; queues need Redis 7 or newer, or Valkey 7.2 or newer`;
  }
  const policy = said('maxmemory_policy') ?? 'noeviction';
  if (policy === 'noeviction') return null;
  return `drops keys when memory runs short (maxmemory-policy ${policy}); queues need noeviction`;
}

function isOlder(version: string, than: string): boolean {
  const [ours, theirs] = [version, than].map((text) => text.split('.').map(Number));
  for (const [at, wanted] of (theirs ?? []).entries()) {
    const part = ours?.[at] ?? 0;
    if (part !== wanted) return !(part > wanted);
  }
  return false;
}

function sentenceOf({ message, ...rest }: Error, address: string): string {
  const { code } = rest as { code?: unknown };
  if (/^(WRONGPASS|NOAUTH|NOPERM)|invalid password|without any password/i.test(message)) {
    return `the server at ${address} refuses the login`;
  }
  // What Redis says before it hangs up is lost in the client, which may even be writing still.
  if (code === 'EPIPE' || code === 'ECONNRESET' || /^Connection is closed/.test(message)) {
    return `the server at ${address} hangs up at once: it has as many clients as it may, or is in protected mode and takes nobody from elsewhere without a password`;
  }
  const detail = typeof code === 'string' ? code : message;
  return `no Redis answers at ${address} (${detail})`;
}

function addressOf(redisUrl: string): string {
  const { hostname, port } = new URL(redisUrl);
  return `${hostname}:${port || DEFAULT_PORT}`;
}
