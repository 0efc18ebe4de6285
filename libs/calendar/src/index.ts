export { CRON_MAX_LENGTH, InvalidCron } from './cron.js';
export { NextTimes } from './next-times.js';
export { PlannedTimes } from './planned-times.js';
export { canonicalTimeZone, TIME_ZONE_MAX_LENGTH } from './time-zone.js';
