import { describeCommandLine } from '../e2e/commands/command-line.contract.js';
import { describeRealLog } from './real-log.contract.js';

describeCommandLine('postgres', (commandLine) => describeRealLog(commandLine, 'whole'));
