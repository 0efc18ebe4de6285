import { readFileSync } from 'node:fs';
import { z } from 'zod';

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

/** Those of the file who have no workloads. */
const PLATFORM_ROLES: ReadonlySet<string> = new Set(['operator', 'auditor']);

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

/** A tenant by name or id, whatever the case. @throws CredentialsProblem */
export function tenantOf(file: CredentialsFile, who: string): CredentialsFile['tenants'][number] {
  const wanted = who.toLowerCase();
  const tenant = file.tenants.find(({ id, name }) => id === who || name.toLowerCase() === wanted);
  if (tenant !== undefined) return tenant;
  const why = PLATFORM_ROLES.has(wanted)
    ? `workloads belong to tenants, so --as takes a tenant and not the ${wanted}`
    : `no tenant is called "${who}" here`;
  const names = file.tenants.map(({ name }) => `"${name}"`);
  throw new CredentialsProblem(`${why}; known are ${names.join(', ') || 'none'}`);
}
