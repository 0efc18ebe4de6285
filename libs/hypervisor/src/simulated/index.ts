export {
  type ComputeSystemNotice,
  type ComputeSystemStatus,
  DriverError,
  type Fence,
} from '../driver.js';
export type { VmTemplateStatus } from '../template-control.js';
export * from './calibration.js';
export * from './compute-system-states.js';
export * from './faults/catalogue.js';
export * from './faults/fault-rates.js';
export * from './fleet.js';
export * from './hcs/exit-codes.js';
export * from './hcs/operations.js';
export * from './hcs/result-codes.js';
export * from './host.js';
export * from './host-history.js';
export * from './images/image-store.js';
export * from './images/layers.js';
export * from './in-process-driver.js';
export * from './journal-entry.js';
export * from './memory/footprint.js';
export * from './memory/host-memory.js';
export * from './network/nat-network.js';
export * from './paced-time.js';
export { normalFrom, randomFrom } from './random.js';
export * from './timers.js';
export type { Watcher } from './watchers.js';
