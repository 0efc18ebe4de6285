import { randomBytes } from 'node:crypto';
import type { LauncherSettings } from '../settings.js';
import { readOrMake } from './private-file.js';

const PASSWORD_BYTES = 32;
const ROLES = { api: 'bulkhead_api', worker: 'bulkhead_worker', audit: 'bulkhead_audit' } as const;

/** One database login for each kind of process; none of them owns anything of the log. */
export interface RoleUrls {
  readonly apiUrl: string;
  readonly workerUrl: string;
  readonly auditUrl: string;
}

type ChosenUrls = Pick<
  LauncherSettings,
  'API_DATABASE_URL' | 'WORKER_DATABASE_URL' | 'AUDIT_DATABASE_URL'
>;

/**
 * The URLs by which the processes log in: those of the settings, or the migrations' database
 * with the role's name and a password that is drawn once and kept in the home.
 */
export function roleUrls(databaseUrl: string, chosen: ChosenUrls, passwordsFile: string): RoleUrls {
  const passwords = JSON.parse(readOrMake(passwordsFile, drawPasswords));
  const urlOf = (role: keyof typeof ROLES) => {
    const url = new URL(databaseUrl);
    url.username = ROLES[role];
    url.password = passwords[role];
    if (url.username === '') {
      throw new Error('DATABASE_URL names no server by host, so set the URLs of the three roles.');
    }
    return url.href;
  };
  return {
    apiUrl: chosen.API_DATABASE_URL ?? urlOf('api'),
    workerUrl: chosen.WORKER_DATABASE_URL ?? urlOf('worker'),
    auditUrl: chosen.AUDIT_DATABASE_URL ?? urlOf('audit'),
  };
}

function drawPasswords(): string {
  const draw = () => randomBytes(PASSWORD_BYTES).toString('hex');
  return `${JSON.stringify({ api: draw(), worker: draw(), audit: draw() }, null, 2)}\n`;
}
