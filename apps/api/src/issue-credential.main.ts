import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { assertSafeRole, openPool, PostgresLog } from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { issueCredential } from './credentials/issue-credential.js';
import { readApiDatabaseUrl } from './settings.js';

const USAGE = 'usage: issue-credential.main.js --role operator|auditor';

/**
 * Issues the credential of an operator or auditor: whoever holds the api's database login may, because
 * before the first operator exists no route could ask for a token. Prints one line of JSON.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { role: { type: 'string' } } });
  const { role } = values;
  if (role !== 'operator' && role !== 'auditor') throw new Error(USAGE);
  const pool = openPool({
    url: readApiDatabaseUrl(process.env),
    applicationName: 'bulkhead-issue-credential',
    connectionsMax: 2,
  });
  try {
    await assertSafeRole(pool);
    const log = new PostgresLog({ pool, newEventId: v7 });
    const { credentialId, clientSecret } = await issueCredential(
      { log, clock: Date.now, newUuid: v7, randomBytes },
      {
        role,
        tenantId: null,
        metadata: {
          actor: { kind: 'system', id: 'issue-credential' },
          correlationId: v7(),
          causationPosition: null,
        },
      },
    );
    process.stdout.write(`${JSON.stringify({ clientId: credentialId, clientSecret })}\n`);
  } finally {
    await pool.end();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
});
