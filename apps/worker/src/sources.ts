/** What Nest injects into this app's few classes; only module files choose what stands behind it. */
export const SETTINGS = Symbol('Settings');
export const LOGGER = Symbol('Logger');
export const WORKER = Symbol('AssembledWorker');
export const JOB_PARTS = Symbol('JobParts');
export const CONSUMERS = Symbol('Consumers');
export const TREE = Symbol('TreeBuilder');
export const DRIVERS = Symbol('ClosableDriverRegistry');
export const QUEUES = Symbol('OpenQueues');
