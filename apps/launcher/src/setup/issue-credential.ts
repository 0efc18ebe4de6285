import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Credential } from './rest-client.js';

const ISSUE_TIMEOUT_MS = 30_000;

/**
 * Issues the credential of an operator or auditor by the api's own entry, with the api's own
 * settings: before the first operator exists, no route could.
 */
export async function issueCredential(
  entry: string,
  environment: Readonly<Record<string, string>>,
  role: 'operator' | 'auditor',
): Promise<Credential> {
  const { stdout } = await promisify(execFile)(process.execPath, [entry, '--role', role], {
    env: { ...environment },
    timeout: ISSUE_TIMEOUT_MS,
  });
  const { clientId, clientSecret } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (typeof clientId !== 'string' || typeof clientSecret !== 'string') {
    throw new Error(`The api's entry ${entry} issued no credential for an ${role}.`);
  }
  return { clientId, clientSecret };
}
