import { describeCommandLine } from '../e2e/commands/command-line.contract.js';
import { describeOperatorCommands } from '../e2e/commands/operator-commands.contract.js';
import { describeTenantCommands } from '../e2e/commands/tenant-commands.contract.js';
import { describeRealLog } from '../real-log/real-log.contract.js';

// The same as `npm test` runs with the queues in Postgres. It stands here because two installations would take too long there.
describeCommandLine('redis', (commandLine) => {
  describeTenantCommands(commandLine);
  describeOperatorCommands(commandLine);
  describeRealLog(commandLine, 'sample');
});
