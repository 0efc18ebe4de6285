export * from './driver.js';
export { DriverProtocolError, type Endpoint } from './drivers/simulated-host/connection.js';
export * from './registry.js';
