import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPostmaster, findPostmasterAsOwner } from './postmaster.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
let folder: string;
let stranger: ReturnType<typeof spawn>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-postmaster-'));
  chmodSync(folder, 0o777);
  stranger = spawn('sleep', ['60'], { cwd: tmpdir() });
  say(stranger.pid);
});
afterEach(() => {
  stranger.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function say(pid: number | undefined): void {
  const lines = [pid, folder, 0, 5432, '', '127.0.0.1', 0, 'ready', ''];
  writeFileSync(join(folder, 'postmaster.pid'), lines.join('\n'));
}

function asNobody<T>(look: () => T): T {
  process.seteuid?.(NOBODY);
  try {
    return look();
  } finally {
    process.seteuid?.(0);
  }
}

describe('the file that says which server runs on a data folder', () => {
  it('is removed by the owner of the folder where its number is some other program', () => {
    expect(findPostmasterAsOwner(folder)).toBeUndefined();
    expect(existsSync(join(folder, 'postmaster.pid'))).toBe(false);
  });

  it('stays for whoever only looks: a server may have written its own by then', () => {
    expect(findPostmaster(folder)).toBeUndefined();
    expect(existsSync(join(folder, 'postmaster.pid'))).toBe(true);
  });

  it('stays where its process is gone: it tells the next server what that may have left running', async () => {
    stranger.kill('SIGKILL');
    await new Promise((resolve) => stranger.once('exit', resolve));
    expect(findPostmasterAsOwner(folder)).toBeUndefined();
    expect(existsSync(join(folder, 'postmaster.pid'))).toBe(true);
  });

  it.skipIf(!isRoot)(
    'stays for whoever may not look where a server of that number works',
    async () => {
      const server = spawn('sh', ['-c', 'printf postgres > /proc/$$/comm; read line']);
      const name = () => readFileSync(`/proc/${server.pid}/comm`, 'utf8').trim();
      await expect.poll(name).toBe('postgres');
      say(server.pid);
      const found = asNobody(() => findPostmasterAsOwner(folder));
      server.kill('SIGKILL');
      expect(found?.pid).toBe(server.pid);
      expect(existsSync(join(folder, 'postmaster.pid'))).toBe(true);
    },
  );

  it.skipIf(!isRoot)(
    'is that of no server for them where its number is some other program, which is not to be ended',
    () => {
      expect(asNobody(() => findPostmasterAsOwner(folder))).toBeUndefined();
    },
  );
});
