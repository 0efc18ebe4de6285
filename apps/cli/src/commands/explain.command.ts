import type { Command } from 'commander';
import { fileOf } from '../credentials/connection.js';
import { tenantOf } from '../credentials/credentials-file.js';
import { explanationLines, type ShownExplanation } from '../output/explanation-lines.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { clientOf, newKey, platformClientOf, type Shell, terminalOf } from './shell.js';
import { SubmissionCommand, WHERE_OPTIONS_END } from './submission-command.js';
import { type SubmissionOptions, submissionOf, withSubmission } from './submission-options.js';

const ROUTE = '/v1/workloads/explain';
const EXAMPLES = `${WHERE_OPTIONS_END}
Examples:
  bulkhead explain mcr.microsoft.com/windows/nanoserver:ltsc2022
  bulkhead explain example.org/tool:1 --isolation process --strict --as "Night Market"
  bulkhead explain example.org/tool:1 --operator --tenant "Night Market"`;

interface ExplainOptions extends SubmissionOptions {
  readonly operator?: boolean;
  readonly tenant?: string;
}

/** `bulkhead explain <image> [command...]` */
export function explainCommand(shell: Shell): Command {
  const command = new SubmissionCommand('explain').description(
    'say rule by rule what a submission would be answered; nothing is submitted',
  );
  withSubmission(command)
    .option('--operator', 'ask as the operator, who is told of hosts too; needs --tenant')
    .option('--tenant <tenant>', 'with --operator: for whom, by id or as credentials.json names it')
    .addHelpText('after', EXAMPLES);
  return withConnection(command).action(
    async (image: string, words: string[], options: ExplainOptions) => {
      refuseHalfOfIt(command, options);
      const { operator = false, tenant } = options;
      const client = operator
        ? platformClientOf(shell, options, 'operator')
        : clientOf(shell, options);
      const query =
        tenant === undefined ? '' : `?tenant=${encodeURIComponent(idOf(shell, options, tenant))}`;
      const body = submissionOf(image, words, options);
      const answer = await client.post(`${ROUTE}${query}`, body, newKey());
      const explained = answer.body as ShownExplanation;
      const terminal = terminalOf(shell, options);
      terminal.answer(explained, explanationLines);
    },
  );
}

function refuseHalfOfIt(command: Command, { operator, tenant, as }: ExplainOptions): void {
  if (operator && tenant === undefined) command.error('error: --operator needs --tenant');
  if (!operator && tenant !== undefined) command.error('error: --tenant needs --operator');
  if (operator && as !== undefined) command.error('error: --as has no meaning with --operator');
}

/** @throws CredentialsProblem where it is no id and the home knows nobody of that name */
function idOf(shell: Shell, options: SharedOptions, tenant: string): string {
  return tenant.startsWith('ten_')
    ? tenant
    : tenantOf(fileOf(options, shell.environment), tenant).id;
}
