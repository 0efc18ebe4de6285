import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Credential } from './credential.js';

const credential = z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) });

const schema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  operator: credential,
  auditor: credential,
  tenants: z.array(credential.extend({ id: z.string(), name: z.string(), trust: z.string() })),
});

/** What an installation keeps in `credentials.json` of its home. */
export type CredentialsFile = z.infer<typeof schema>;

/** What is missing or wrong about the credentials, for the one who gave them. */
export class CredentialsProblem extends Error {
  override readonly name = 'CredentialsProblem';
}

/** @throws CredentialsProblem where the file is missing, unreadable or not what an installation writes */
export function readCredentialsFile(path: string): CredentialsFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CredentialsProblem(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}). Is the installation started, and is --home or BULKHEAD_HOME its home?`,
    );
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const fields = error instanceof z.ZodError ? error.issues.map((i) => i.path.join('.')) : [];
    const where = fields.length > 0 ? ` (wrong: ${fields.join(', ')})` : '';
    throw new CredentialsProblem(`${path} is no credentials file of an installation${where}.`);
  }
}

/** The credential of the operator, the auditor, or a tenant by name or id, whatever the case. */
export function credentialOf(file: CredentialsFile, who: string): Credential {
  if (who === 'operator') return file.operator;
  if (who === 'auditor') return file.auditor;
  const wanted = who.toLowerCase();
  const tenant = file.tenants.find(({ id, name }) => id === who || name.toLowerCase() === wanted);
  if (tenant !== undefined) return tenant;
  const names = ['operator', 'auditor', ...file.tenants.map(({ name }) => `"${name}"`)];
  throw new CredentialsProblem(`nobody is called "${who}" here; known are ${names.join(', ')}`);
}
