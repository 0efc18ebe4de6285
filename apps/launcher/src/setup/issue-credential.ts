import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Credential } from './rest-client.js';

const ISSUE_TIMEOUT_MS = 30_000;

/** Who may do what no tenant may. */
export type PlatformRole = 'operator' | 'auditor';

/**
 * Issues credentials of operators or auditors by the api's own entry, with the api's own settings:
 * before the first operator exists, no route could. One process issues them all.
 * @returns as many as roles were given, in their order
 */
export async function issueCredentials(
  entry: string,
  environment: Readonly<Record<string, string>>,
  roles: readonly PlatformRole[],
): Promise<readonly Credential[]> {
  const words = roles.flatMap((role) => ['--role', role]);
  const { stdout } = await promisify(execFile)(process.execPath, [entry, ...words], {
    env: { ...environment },
    timeout: ISSUE_TIMEOUT_MS,
  });
  const lines = stdout.trim().split('\n').slice(-roles.length);
  return roles.map((role, index) => {
    const { clientId, clientSecret } = JSON.parse(lines[index] ?? '{}');
    if (typeof clientId !== 'string' || typeof clientSecret !== 'string') {
      throw new Error(`The api's entry ${entry} issued no credential for an ${role}.`);
    }
    return { clientId, clientSecret };
  });
}
