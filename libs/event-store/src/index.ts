export * from './log/event-log.js';
export * from './log/execute-command.js';
