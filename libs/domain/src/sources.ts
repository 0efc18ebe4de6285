import type { TimeMs } from './event.js';

/**
 * Where time, ids and chance come from. The domain itself never calls one of these; handlers, jobs and
 * consumers are given them as parameters, and only module files choose the real ones.
 */
export type Clock = () => TimeMs;
/** A new UUIDv7 with dashes. */
export type UuidSource = () => string;
/** Uniform in [0, 1). */
export type RandomSource = () => number;
