export * from '../log/event-log.js';
export * from '../log/execute-command.js';
export { InMemoryLog, type InMemoryLogOptions } from './in-memory-log.js';
export { OutputInMemory } from './output-in-memory.js';
export { unboundedWork } from './unbounded-work.js';
