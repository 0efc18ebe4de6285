export * from './fields.js';
export * from './settings-reading.js';
