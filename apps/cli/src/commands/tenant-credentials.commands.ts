import { Command } from 'commander';
import {
  credentialLines,
  type IssuedCredential,
  issuedCredentialLines,
  type ShownCredential,
} from '../output/tenant-lines.js';
import {
  LIMIT_OPTION,
  type LimitOption,
  type SharedOptions,
  withConnection,
} from './connection-options.js';
import { everyPage } from './every-page.js';
import { idOf } from './id-argument.js';
import { newKey, platformClientOf, type Shell, terminalOf } from './shell.js';
import { tenantRoute } from './tenant-acts.commands.js';

const routeOf = (tenant: string) => `${tenantRoute(tenant)}/credentials`;

/** With what a tenant gets its tokens. */
export function tenantCredentialCommands(shell: Shell): readonly Command[] {
  return [issueCommand(shell), listCommand(shell), revokeCommand(shell)];
}

function ofTenant(name: string, description: string, example: string): Command {
  return new Command(name)
    .description(description)
    .argument('<tenant>', 'id, as `tenant list` shows it', idOf('ten'))
    .addHelpText('after', `\nExample:\n  bulkhead tenant ${name} ${example}`);
}

function issueCommand(shell: Shell): Command {
  const command = ofTenant(
    'credential',
    'issue it a credential; the secret is shown this once',
    'ten_…',
  );
  return withConnection(command, true).action(async (id: string, options: SharedOptions) => {
    const client = platformClientOf(shell, options, 'operator');
    const issued = (await client.post(routeOf(id), {}, newKey())).body as IssuedCredential;
    terminalOf(shell, options).answer(issued, issuedCredentialLines);
  });
}

function listCommand(shell: Shell): Command {
  const command = ofTenant('credentials', 'list its credentials, without their secrets', 'ten_…');
  command.option(...LIMIT_OPTION);
  return withConnection(command, true).action(
    async (id: string, options: SharedOptions & LimitOption) => {
      const client = platformClientOf(shell, options, 'operator');
      const credentials = await everyPage<ShownCredential>(client, routeOf(id), {}, options.limit);
      terminalOf(shell, options).answer(credentials, credentialLines);
    },
  );
}

function revokeCommand(shell: Shell): Command {
  const command = ofTenant(
    'revoke-credential',
    'revoke one; its tokens stop working within five seconds',
    'ten_… cred_…',
  ).argument('<credential>', 'as `tenant credentials` shows it', idOf('cred'));
  return withConnection(command, true).action(
    async (id: string, credential: string, options: SharedOptions) => {
      const client = platformClientOf(shell, options, 'operator');
      await client.delete(`${routeOf(id)}/${encodeURIComponent(credential)}`);
      const answer = { id: credential, revoked: true };
      terminalOf(shell, options).answer(answer, () => [`${credential} is revoked`]);
    },
  );
}
