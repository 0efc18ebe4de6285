const SECONDS_MAX = 24 * 60 * 60;

/** How long a load lasts: CHAOS_SECONDS, else the short time that every test run can spare. */
export function loadSeconds(environment: NodeJS.ProcessEnv, otherwise: number): number {
  const given = environment['CHAOS_SECONDS'];
  if (given === undefined || given === '') return otherwise;
  const seconds = Number(given);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= SECONDS_MAX) return seconds;
  throw new Error(`CHAOS_SECONDS must be a whole number from 1 to ${SECONDS_MAX}, not ${given}`);
}
