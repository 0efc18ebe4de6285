import { HOSTS, TENANTS } from './installation.js';
import type { PlatformRole } from './issue-credential.js';
import { keepProgress, newProgress, type Progress, readProgress } from './progress.js';
import { type Credential, create, getToken, RequestRefused } from './rest-client.js';

const MAX_CREDENTIAL_TRIES = 5;
const UNAUTHORIZED = 401;
const CONFLICT = 409;
const PLATFORM_ROLES = ['operator', 'auditor'] as const;

/** What the set-up needs of its surroundings. */
export interface SetUp {
  readonly baseUrl: string;
  readonly progressFile: string;
  /** Issues a credential for each of the roles, in their order. */
  readonly issue: (roles: readonly PlatformRole[]) => Promise<readonly Credential[]>;
  readonly say: (line: string) => void;
}

/** The credentials of a whole installation. */
export interface Installation {
  readonly operator: Credential;
  readonly auditor: Credential;
  readonly tenants: readonly (Credential & { id: string; name: string; trust: string })[];
}

/**
 * Gives an empty installation its operator, auditor, two tenants and a fleet, once. Every step is
 * kept before the next, and repeated under the same idempotency key after a crash. A database
 * that does not know the kept operator is another one, and is set up from the beginning.
 */
export async function setUp(setUp: SetUp): Promise<Installation> {
  let steps = new Steps(setUp, readProgress(setUp.progressFile));
  let token = await steps.operatorToken();
  if (token === undefined) {
    setUp.say('This database does not know the kept credentials, so new ones are issued.');
    steps = new Steps(setUp, newProgress());
    token = await steps.operatorToken();
  }
  if (token === undefined) throw new Error('The api refuses the credential that it just issued.');
  const auditor = await steps.platformCredential('auditor');
  for (const tenant of TENANTS) await steps.tenant(token, tenant);
  for (const host of HOSTS) await steps.host(token, host);
  const operator = await steps.platformCredential('operator');
  return { operator, auditor, tenants: steps.tenants() };
}

class Steps {
  constructor(
    private readonly setUp: SetUp,
    private readonly progress: Progress,
  ) {}

  /** Whoever asks first has the credentials of all roles issued, because a process for each takes longer. */
  async platformCredential(role: PlatformRole): Promise<Credential> {
    const { progress } = this;
    const missing = PLATFORM_ROLES.filter((one) => progress[one] === undefined);
    if (missing.length > 0) {
      const issued = await this.setUp.issue(missing);
      for (const [index, one] of missing.entries()) progress[one] = issued[index];
      this.keep();
    }
    const kept = progress[role];
    if (kept === undefined) throw new Error(`No credential was issued for an ${role}.`);
    return kept;
  }

  /** Undefined when the api does not know the operator. */
  async operatorToken(): Promise<string | undefined> {
    try {
      return await getToken(this.setUp.baseUrl, await this.platformCredential('operator'));
    } catch (error) {
      if (error instanceof RequestRefused && error.status === UNAUTHORIZED) return undefined;
      throw error;
    }
  }

  async tenant(token: string, { key, body }: (typeof TENANTS)[number]): Promise<void> {
    const { progress } = this;
    if (progress.tenantIds[key] === undefined) {
      this.keep();
      const { id } = await this.create<{ id: string }>(token, '/v1/tenants', body, key);
      progress.tenantIds[key] = id;
      this.keep();
    }
    if (progress.tenantCredentials[key] === undefined) await this.tenantCredential(token, key);
  }

  async host(token: string, { key, body }: (typeof HOSTS)[number]): Promise<void> {
    if (this.progress.hostIds[key] !== undefined) return;
    const { id } = await this.create<{ id: string }>(token, '/v1/hosts', body, key);
    this.progress.hostIds[key] = id;
    this.keep();
  }

  tenants(): Installation['tenants'] {
    return TENANTS.map(({ key, body }) => {
      const id = this.progress.tenantIds[key];
      const credential = this.progress.tenantCredentials[key];
      if (id === undefined || credential === undefined) throw new Error(`No tenant ${key}.`);
      return { id, name: body.name, trust: body.trust, ...credential };
    });
  }

  /** A secret is answered once: where a crash lost it, another credential is issued. */
  private async tenantCredential(token: string, key: string): Promise<void> {
    const { progress } = this;
    const route = `/v1/tenants/${progress.tenantIds[key]}/credentials`;
    for (let tries = progress.credentialTries[key] ?? 0; tries < MAX_CREDENTIAL_TRIES; tries += 1) {
      try {
        const issued = await this.create<Credential>(
          token,
          route,
          {},
          `${key}-credential-${tries}`,
        );
        const { clientId, clientSecret } = issued;
        progress.tenantCredentials[key] = { clientId, clientSecret };
        this.keep();
        return;
      } catch (error) {
        if (!(error instanceof RequestRefused) || error.status !== CONFLICT) throw error;
        progress.credentialTries[key] = tries + 1;
        this.keep();
      }
    }
    throw new Error(`No credential for tenant ${key} in ${MAX_CREDENTIAL_TRIES} tries.`);
  }

  private create<T>(token: string, route: string, body: unknown, key: string): Promise<T> {
    const { baseUrl } = this.setUp;
    return create<T>(baseUrl, token, route, body, `set-up-${this.progress.id}-${key}`);
  }

  private keep(): void {
    keepProgress(this.setUp.progressFile, this.progress);
  }
}
