import type { LoggerService } from '@nestjs/common';
import { type Logger as PinoLogger, pino } from 'pino';

/** What a component needs of the process's logger. Lines carry `tenant`, `workload` and `correlationId` where known. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** The process's logger: JSON lines on standard output, errors as their message and code only. */
export function createLogger(level: string): PinoLogger {
  return pino({ name: 'worker', level });
}

/** An error as a log line may show it: never a driver's or a statement's parameters. */
export function told(error: unknown): { error: string; code?: string } {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = (error as { code?: unknown }).code;
  const named = `${error.name}: ${error.message}`;
  return typeof code === 'string' ? { error: named, code } : { error: named };
}

/** Lets Nest write into the same log. What it says while it starts is only of interest to debuggers. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: PinoLogger) {}

  log(message: unknown): void {
    this.logger.debug(String(message));
  }

  debug(message: unknown): void {
    this.logger.debug(String(message));
  }

  verbose(message: unknown): void {
    this.logger.trace(String(message));
  }

  warn(message: unknown): void {
    this.logger.warn(String(message));
  }

  error(message: unknown, ...details: unknown[]): void {
    // What stops a start is thrown as well, and whoever called says it.
    if (details.at(-1) === 'ExceptionHandler') return;
    this.logger.error(String(message));
  }

  fatal(message: unknown): void {
    this.logger.fatal(String(message));
  }
}
