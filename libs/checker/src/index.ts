export type { CheckId, Violation } from './check.js';
export { VIOLATIONS_KEPT } from './check.js';
export type { CheckReport, LogToCheck } from './check-log.js';
export { checkLog, EVICTION_BOUND_MS, LogCheck } from './check-log.js';
export type { ExposureWindow } from './exposure-windows.js';
export type { HostJournal, JournalEntry } from './journal-entry.js';
export type { SharedKernel, StartTimes, Statistics } from './statistics.js';
