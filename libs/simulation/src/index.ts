export type { Spread } from './measures/distribution.js';
export { START_PATHS, type StartPath } from './measures/measures.js';
export type { Sample } from './measures/series.js';
export type { Exposure } from './measures/shared-kernels.js';
export * from './mix/generated-mix.js';
export * from './report.js';
export * from './scenario.js';
export * from './simulation.js';
