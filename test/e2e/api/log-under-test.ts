import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  HEAD_HISTORY_FILE,
  LATEST_HEAD_FILE,
  Leases,
  LogListener,
  openPool,
  openReadModels,
  StoredTree,
  TreeBuilder,
} from '@bulkhead/event-store';
import { treeHeadsIn } from '@bulkhead/event-store/proof';
import type pg from 'pg';
import { treeHeadsBelow } from '../../../apps/worker/src/tree/tree-head-settings.contract.js';
import { until } from '../../../libs/event-store/src/tree/tree-world.contract.js';
import { runCommand } from '../run-command.js';
import { ApiUnderTest, type Credential } from './api-under-test.js';

const FAST = { headIntervalMs: 50, quietMs: 20, batchPauseMs: 1 };
const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** An api over a log whose tree grows as a worker grows it, with heads exported to a folder. */
export class LogUnderTest {
  private constructor(
    readonly api: ApiUnderTest,
    readonly folder: string,
    readonly settings: ReturnType<typeof treeHeadsBelow>,
    readonly admin: pg.Pool,
    readonly auditor: Credential,
    readonly token: string,
    readonly operator: string,
  ) {}

  static async start(): Promise<LogUnderTest> {
    const folder = mkdtempSync(join(tmpdir(), 'bulkhead-log-'));
    const settings = treeHeadsBelow(folder);
    const api = await ApiUnderTest.start({
      treeHeadVerifierKeysFile: join(folder, 'tree-head-verifier-keys'),
    });
    const url = api.database.databaseUrl;
    const admin = openPool({ url, applicationName: 'test-intruder' });
    const auditor = await api.platformCredential('auditor');
    const token = await api.tokenOf(auditor);
    const operator = await api.platformToken('operator');
    return new LogUnderTest(api, folder, settings, admin, auditor, token, operator);
  }

  get verifierKeysFile(): string {
    return join(this.folder, 'tree-head-verifier-keys');
  }

  /** Every head that was exported, oldest first: what somebody has outside of the database. */
  get history(): string {
    return join(this.settings.folder, HEAD_HISTORY_FILE);
  }

  get latestHead(): string {
    return join(this.settings.folder, LATEST_HEAD_FILE);
  }

  heads() {
    return treeHeadsIn(readFileSync(this.history, 'utf8'), this.settings.verifiers());
  }

  get tree(): StoredTree {
    return new StoredTree(this.admin);
  }

  get(path: string) {
    return this.api.get(`/v1/audit/log/${path}`, this.token);
  }

  /** Registers that many tenants, each a stream of its own. */
  async grow(tenants: number): Promise<void> {
    for (let nr = 0; nr < tenants; nr += 1) {
      const body = { name: `Tenant ${nr}` };
      const { status, text } = await this.api.post('/v1/tenants', this.operator, body);
      if (status !== 201) throw new Error(text);
    }
  }

  /** Lets a worker's builder run until the newest head covers the whole log; answers its size. */
  async sign(): Promise<number> {
    return this.whileBuilding(async () => {
      const size = await this.api.log.head();
      await until(async () => ((await this.tree.latestHead())?.size ?? 0) >= size);
      return size;
    });
  }

  /** Does something while a builder is at work, as it is in a running installation. */
  async whileBuilding<T>(act: () => Promise<T>): Promise<T> {
    const url = this.api.database.workerUrl;
    const pool = openPool({ url, applicationName: 'test-tree' });
    const dataSource = await openReadModels({ url, applicationName: 'test-tree-read' });
    const listener = new LogListener(url);
    listener.start();
    const leases = new Leases({ pool, owner: randomUUID(), ttlMs: 400 });
    const { signer, verifiers, folder: headFolder } = this.settings;
    const builder = new TreeBuilder({
      ...{ pool, dataSource, leases, listener, signer, verifiers, headFolder },
      ...{ logger: silent, clock: Date.now, steadyClock: () => performance.now(), times: FAST },
    });
    const stopping = new AbortController();
    const running = builder.run(stopping.signal);
    try {
      return await act();
    } finally {
      stopping.abort();
      await running;
      await Promise.all([listener.close(), dataSource.destroy()]);
      await pool.end();
    }
  }

  /** The command line as this log's auditor would use it. */
  bulkhead(...argv: string[]) {
    const { clientId, clientSecret } = this.auditor;
    return runCommand(argv, {
      BULKHEAD_URL: this.api.url,
      BULKHEAD_CLIENT_ID: clientId,
      BULKHEAD_CLIENT_SECRET: clientSecret,
    });
  }

  /** The command line where there is neither a server nor a credential. */
  offline(...argv: string[]) {
    return runCommand(argv, { BULKHEAD_HOME: join(this.folder, 'no-home') });
  }

  async stop(): Promise<void> {
    await this.admin.end();
    await this.api.stop();
    rmSync(this.folder, { recursive: true });
  }
}
