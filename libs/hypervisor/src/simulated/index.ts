export * from './calibration.js';
export * from './compute-system-states.js';
export * from './fleet.js';
export * from './host.js';
export * from './host-history.js';
export * from './in-process-driver.js';
export * from './journal-entry.js';
export * from './timers.js';
export type { Watcher } from './watchers.js';
