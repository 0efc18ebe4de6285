import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';

/** What may never reach a log line, wherever somebody logs a request or an environment. */
const REDACTED = [
  'authorization',
  '*.authorization',
  'headers.authorization',
  'client_secret',
  '*.client_secret',
  '*.clientSecret',
];

/** The process's log: JSON lines on standard output. */
export function createLogger(level: string): Logger {
  return pino({ level, base: { app: 'api', pid: process.pid }, redact: REDACTED });
}

/** Lets Nest write into the same log. What it says while it starts is only of interest to debuggers. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  debug(message: unknown, context?: string): void {
    this.logger.debug({ context }, String(message));
  }

  verbose(message: unknown, context?: string): void {
    this.logger.trace({ context }, String(message));
  }

  /** An object is a line's fields; its `msg` says what they are about. */
  warn(message: unknown, context?: string): void {
    if (typeof message === 'object') this.logger.warn({ context, ...message });
    else this.logger.warn({ context }, String(message));
  }

  error(message: unknown, ...details: unknown[]): void {
    // What stops a start is thrown as well, and whoever called says it.
    if (details.at(-1) === 'ExceptionHandler') return;
    const err = message instanceof Error ? message : undefined;
    this.logger.error({ err, details }, err?.message ?? String(message));
  }

  fatal(message: unknown, context?: string): void {
    this.logger.fatal({ context }, String(message));
  }
}
