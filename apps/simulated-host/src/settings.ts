import type { SimulatedFaults } from '@bulkhead/domain';
import type { KernelPanics } from '@bulkhead/hypervisor/simulated';
import { type Environment, file, logLevel, port, SettingsReading } from '@bulkhead/settings';
import { z } from 'zod';

const MAX_TIME_SCALE = 1_000_000;

const timeScale = z
  .string()
  .refine((text) => Number(text) > 0 && Number(text) <= MAX_TIME_SCALE, {
    error: ({ input }) => `must be a number above 0 and up to ${MAX_TIME_SCALE}, not "${input}"`,
  })
  .transform(Number);

/** Beyond it a real millisecond, which no timer is finer than, would be seconds of a host. */
const MAX_CLOCK_SPEED = 1_000;

const clockSpeed = z
  .string()
  .refine((text) => Number(text) >= 1 && Number(text) <= MAX_CLOCK_SPEED, {
    error: ({ input }) => `must be a number from 1 to ${MAX_CLOCK_SPEED}, not "${input}"`,
  })
  .transform(Number);

const faults = z
  .string()
  .refine((text) => text === 'off' || readFaults(text) !== null, {
    error: ({ input }) => `must be off, proposed or seed:NUMBER, not "${input}"`,
  })
  .transform(readFaults);

const kernelPanics = z.enum(['own', 'host'], {
  error: ({ input }) => `must be own or host, not "${input}"`,
});

/** Every variable that this process reads; `.env.example` explains each. */
const variables = z.object({
  SIMULATED_HOST_PORT: port,
  SIMULATED_HOST_BIND: z.string().default('127.0.0.1'),
  SIMULATED_HOST_TOKEN_FILE: file,
  SIMULATED_HOST_HOME: z.string(),
  SIMULATED_HOST_TIME_SCALE: timeScale.default(1),
  SIMULATED_HOST_CLOCK_SPEED: clockSpeed.default(1),
  SIMULATED_HOST_FAULTS: faults.default(null),
  SIMULATED_HOST_KERNEL_PANICS: kernelPanics.default('own'),
  LOG_LEVEL: logLevel.default('info'),
});

export interface Settings {
  readonly port: number;
  readonly bind: string;
  readonly token: string;
  /** Folder of host specifications and journals. */
  readonly home: string;
  /** Divides the time that stages of starts and stops take, by the clock of the hosts. */
  readonly timeScale: number;
  /** How many times as fast that clock runs as the one of this machine. */
  readonly clockSpeed: number;
  /** Of hosts that say nothing of it; null for none. */
  readonly faults: SimulatedFaults | null;
  /** How far a kernel panic goes that a workload asks for. */
  readonly kernelPanics: KernelPanics;
  readonly logLevel: string;
}

/** @throws WrongSettings with all problems at once */
export function readSettings(environment: Environment): Settings {
  const reading = new SettingsReading(variables, environment);
  const token = reading.tokenOf('SIMULATED_HOST_TOKEN_FILE');
  const settings = reading.settings();
  return {
    port: settings.SIMULATED_HOST_PORT,
    bind: settings.SIMULATED_HOST_BIND,
    token,
    home: settings.SIMULATED_HOST_HOME,
    timeScale: settings.SIMULATED_HOST_TIME_SCALE,
    clockSpeed: settings.SIMULATED_HOST_CLOCK_SPEED,
    faults: settings.SIMULATED_HOST_FAULTS,
    kernelPanics: settings.SIMULATED_HOST_KERNEL_PANICS,
    logLevel: settings.LOG_LEVEL,
  };
}

/** `proposed`: every fault by its assumed rate. `seed:7`: which come, and how often, is drawn from 7. */
function readFaults(text: string): SimulatedFaults | null {
  if (text === 'proposed') return { rates: 'proposed' };
  const seed = /^seed:(\d{1,10})$/.exec(text)?.[1];
  return seed === undefined ? null : { seed: Number(seed) };
}
