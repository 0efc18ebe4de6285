export * from './driver.js';
export type { Endpoint } from './drivers/simulated-host/connection.js';
export {
  MAX_EFFECTS_PER_REQUEST,
  type WireEffect,
  type WireOutcome,
} from './drivers/simulated-host/effects.js';
export {
  MAX_LOG_READS_PER_REQUEST,
  type WireLogChunks,
  type WireLogRead,
} from './drivers/simulated-host/log-reads.js';
export { DriverProtocolError } from './drivers/simulated-host/refusals.js';
export * from './properties.js';
export * from './registry.js';
export * from './template-control.js';
