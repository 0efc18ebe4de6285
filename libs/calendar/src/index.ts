export { CRON_MAX_LENGTH } from './cron.js';
export { NextTimes } from './next-times.js';
export { PlannedTimes } from './planned-times.js';
export { TIME_ZONE_MAX_LENGTH } from './time-zone.js';
