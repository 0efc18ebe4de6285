import type { Installation } from '../setup/set-up.js';
import { curlLines } from './curl-lines.js';
import type { Terminal } from './terminal.js';

/** What a person needs to know once everything runs. */
export interface Welcome {
  readonly url: string;
  readonly workerUrl: string;
  readonly database: string;
  readonly home: string;
  readonly credentialsFile: string;
  readonly tookMs: number;
  readonly installation: Installation;
}

/** Where it listens, the credentials, and three lines to try it with. */
export function welcomeLines(welcome: Welcome, colors: Terminal['colors']): string[] {
  const { url, installation } = welcome;
  const { operator, auditor, tenants } = installation;
  const people = [
    { name: 'operator', credential: operator },
    { name: 'auditor', credential: auditor },
    ...tenants.map((tenant) => ({ name: `${tenant.name} (${tenant.trust})`, credential: tenant })),
  ];
  const width = Math.max(...people.map(({ name }) => name.length));
  // A silo starts sooner than a utility VM, so the first try answers at once.
  const trusted = tenants.find(({ trust }) => trust === 'trusted') ?? operator;
  return [
    colors.bold(`Bulkhead is up (${(welcome.tookMs / 1_000).toFixed(1)} s).`),
    '',
    `  REST API     ${colors.cyan(url)}  (pages: ${url}/docs, contract: ${url}/openapi.json)`,
    `  Worker       ${welcome.workerUrl}/health/ready`,
    `  Postgres     ${welcome.database}`,
    `  Home         ${welcome.home}  (logs/, credentials.json)`,
    '',
    colors.bold('Credentials'),
    ...people.map(
      ({ name, credential }) =>
        `  ${name.padEnd(width)}  ${credential.clientId}  ${colors.dim(credential.clientSecret)}`,
    ),
    `  They also stand in ${welcome.credentialsFile}.`,
    '',
    colors.bold('Try it: get a token, submit a workload as the trusted tenant, read its events'),
    '',
    ...curlLines(url, trusted),
    '',
    'Repeat the last line after a few seconds to see it end.',
    'Ctrl-C stops everything.',
  ];
}
