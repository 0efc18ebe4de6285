import { Command } from 'commander';
import { decisionLines, type ShownAuditDecisions } from '../output/decision-lines.js';
import { EXIT } from '../output/exit-codes.js';
import { auditEventsCommand } from './audit-events.command.js';
import { type SharedOptions, withConnection } from './connection-options.js';
import { idOf } from './id-argument.js';
import { platformClientOf, type Shell, terminalOf } from './shell.js';

const DECISIONS_HELP = `
Shown are the rules that fired or were off; --json tells every rule, all inputs and the alternatives.
Exit code 0 says that every decision shown comes out the same from what was recorded, 1 that one does not,
or that it cannot be decided again.

Example:
  bulkhead audit decisions wl_…`;

/** `bulkhead audit events|decisions` */
export function auditCommand(shell: Shell): Command {
  return new Command('audit')
    .description('what auditors ask of the log, across tenants')
    .addCommand(auditEventsCommand(shell))
    .addCommand(decisionsCommand(shell));
}

function decisionsCommand(shell: Shell): Command {
  const command = new Command('decisions')
    .description('show why a workload got its wall, and decide it again from what was recorded')
    .argument('<workload>', 'by id, whichever tenant it belongs to', idOf('wl'))
    .addHelpText('after', DECISIONS_HELP);
  return withConnection(command, true).action(async (id: string, options: SharedOptions) => {
    const client = platformClientOf(shell, options, 'auditor');
    const { body } = await client.get(`/v1/audit/decisions/${encodeURIComponent(id)}`);
    const decisions = body as ShownAuditDecisions;
    if (!decisions.same) shell.setExitCode(EXIT.notGood);
    terminalOf(shell, options).answer(decisions, decisionLines);
  });
}
