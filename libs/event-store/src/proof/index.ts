export * from './raw-entry.js';
