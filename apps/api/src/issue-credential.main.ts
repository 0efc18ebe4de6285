import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { assertSafeRole, openPool, PostgresLog } from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { issueCredential } from './credentials/issue-credential.js';
import { readApiDatabaseUrl } from './settings.js';

const USAGE = 'usage: issue-credential.main.js --role operator|auditor [--role …]';
const ROLES = ['operator', 'auditor'] as const;

/**
 * Issues credentials of operators or auditors: whoever holds the api's database login may, because
 * before the first operator exists no route could ask for a token. Prints a line of JSON for each role
 * that was given, in their order.
 */
async function main(): Promise<void> {
  const roles = readRoles();
  const pool = openPool({
    url: readApiDatabaseUrl(process.env),
    applicationName: 'bulkhead-issue-credential',
    connectionsMax: 2,
  });
  try {
    await assertSafeRole(pool);
    const log = new PostgresLog({ pool, newEventId: v7 });
    for (const role of roles) {
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
    }
  } finally {
    await pool.end();
  }
}

/** At most as many as there are roles: somebody who wants more asks again. */
function readRoles(): readonly (typeof ROLES)[number][] {
  const { values } = parseArgs({ options: { role: { type: 'string', multiple: true } } });
  const roles = (values.role ?? []).map((word) => ROLES.find((role) => role === word));
  const known = roles.filter((role) => role !== undefined);
  if (known.length === 0 || known.length < roles.length || known.length > ROLES.length) {
    throw new Error(USAGE);
  }
  return known;
}

main().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
});
