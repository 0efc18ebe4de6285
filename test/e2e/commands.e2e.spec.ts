import { describeRealLog } from '../real-log/real-log.contract.js';
import { describeAskedFaults } from './commands/asked-faults.contract.js';
import { describeCommandLine } from './commands/command-line.contract.js';
import { describeOperatorCommands } from './commands/operator-commands.contract.js';
import { describeTenantCommands } from './commands/tenant-commands.contract.js';

describeCommandLine('postgres', (commandLine) => {
  describeTenantCommands(commandLine);
  describeOperatorCommands(commandLine);
  describeAskedFaults(commandLine);
  describeRealLog(commandLine, 'sample');
});
