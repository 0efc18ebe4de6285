export { CRON_MAX_LENGTH, CRON_NAMES, InvalidCron } from './cron.js';
export { COUNTED_MAX, type DueTimes, PlannedTimes } from './planned-times.js';
export { InvalidTimeZone, TIME_ZONE_MAX_LENGTH } from './time-zone.js';
