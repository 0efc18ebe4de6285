import {
  type ComputeSystemId,
  type HostSpec,
  type ImageFacts,
  type Isolation,
  prefixedId,
  type SimulatedRun,
} from '@bulkhead/domain';
import { afterEach, beforeEach, expect } from 'vitest';
import type {
  ComputeSystemNotice,
  ComputeSystemSpec,
  ComputeSystemState,
  ComputeSystemStatus,
  DriverError,
  DriverErrorCode,
  Fence,
  HostDriver,
} from './driver.js';

/** A driver and its own new host, which has Hyper-V, 8 cores and 16 GiB, and is provisioned already. */
export interface DriverUnderTest {
  readonly driver: HostDriver;
  readonly host: HostSpec;
  /** Lets time pass: real time, or the virtual time of a simulation. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a driver for a host that is like `host`, with a new id. */
export type OpenDriver = (host: HostSpec) => Promise<DriverUnderTest>;

export const LEASE_TTL_MS = 60_000;
const PATIENCE_MS = 15_000;
const STEP_MS = 10;

const server2025 = { major: 10, minor: 0, build: 26100, revision: 4061 };

let made = 0;

/** Ids decide how long a start takes. A pure spec that counts on times begins each test with the same ids. */
export function restartIds(): void {
  made = 0;
}

function nextHex(): string {
  made += 1;
  return made.toString(16).padStart(32, '0');
}

export const someHost = (changes: Partial<HostSpec> = {}): HostSpec => ({
  hostId: prefixedId('host', nextHex()),
  name: 'contract',
  driver: 'simulated-host',
  os: 'windows',
  osVersion: server2025,
  architecture: 'amd64',
  cpuMillis: 8_000,
  memoryMiB: 16_384,
  hypervPresent: true,
  labels: {},
  simulation: { timeScale: 100, seed: 7 },
  ...changes,
});

export const someImage = (changes: Partial<ImageFacts> = {}): ImageFacts => ({
  imageId: prefixedId('img', nextHex()),
  reference: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
  known: true,
  revoked: false,
  os: 'windows',
  architecture: 'amd64',
  osVersion: { major: 10, minor: 0, build: 20348, revision: 2461 },
  base: 'nanoserver',
  publisher: 'microsoft',
  ...changes,
});

/** Silos of one host share its kernel; every host of the suite may call its own by this name. */
const KERNEL_OF_HOST = prefixedId('ki', 'f'.repeat(32));

export const newId = (): ComputeSystemId => prefixedId('cs', nextHex());

export const someSpec = (
  isolation: Isolation,
  changes: Partial<ComputeSystemSpec> = {},
): ComputeSystemSpec => ({
  computeSystemId: newId(),
  workloadId: prefixedId('wl', nextHex()),
  isolation,
  kernelInstanceId: isolation === 'process' ? KERNEL_OF_HOST : prefixedId('ki', nextHex()),
  image: someImage(),
  resources: { cpuMillis: 500, memoryMiB: 256 },
  command: ['cmd', '/c', 'ver'],
  env: {},
  simulation: null,
  ...changes,
});

export const running = (run: Partial<SimulatedRun>): { simulation: SimulatedRun } => ({
  simulation: { durationMs: 50, exitCode: 0, fault: null, ...run },
});
export const FOREVER = running({ fault: 'hang' });

/** The verbs of one test: a driver with a lease, and waiting that ends. */
export class Scenario {
  fence: Fence = { token: 1, cause: 1 };

  constructor(readonly under: DriverUnderTest) {}

  get driver(): DriverUnderTest['driver'] {
    return this.under.driver;
  }

  async begin(spec: ComputeSystemSpec, until?: ComputeSystemState): Promise<ComputeSystemId> {
    await this.driver.create(spec, this.fence);
    await this.driver.start(spec.computeSystemId, this.fence);
    if (until) await this.reaches(spec.computeSystemId, until);
    return spec.computeSystemId;
  }

  async stateOf(id: ComputeSystemId): Promise<ComputeSystemState> {
    return (await this.driver.inspect(id)).state;
  }

  async reaches(id: ComputeSystemId, state: ComputeSystemState): Promise<ComputeSystemStatus> {
    let status = await this.driver.inspect(id);
    for (let passed = 0; passed < PATIENCE_MS && status.state !== state; passed += STEP_MS) {
      await this.under.pass(STEP_MS);
      status = await this.driver.inspect(id);
    }
    expect(status.state).toBe(state);
    return status;
  }

  async refused(code: DriverErrorCode, act: () => Promise<unknown>): Promise<void> {
    const outcome = await act().then(
      () => 'accepted',
      (error: DriverError) => error.code ?? String(error),
    );
    expect(outcome).toBe(code);
  }

  /** Reads notices until one satisfies `last`, letting time pass meanwhile. */
  async hears(
    notices: AsyncIterator<ComputeSystemNotice>,
    last: (status: ComputeSystemStatus) => boolean,
  ): Promise<ComputeSystemStatus[]> {
    const heard: ComputeSystemStatus[] = [];
    for (let passed = 0; passed < PATIENCE_MS; ) {
      const next = notices.next();
      let settled = false;
      const settle = () => {
        settled = true;
      };
      next.then(settle, settle);
      for (; !settled && passed < PATIENCE_MS; passed += STEP_MS) await this.under.pass(STEP_MS);
      if (!settled) break;
      const { value, done } = await next;
      if (done) break;
      heard.push(value.status);
      if (last(value.status)) return heard;
    }
    throw new Error(`never heard it; heard ${JSON.stringify(heard)}`);
  }

  /** Gives the host a lease for the boot that it has now. */
  async lease(fence: Fence = this.fence, ttlMs = LEASE_TTL_MS): Promise<void> {
    const { bootId } = await this.driver.fingerprint();
    await this.driver.renewLease(bootId, fence, ttlMs);
  }
}

/** A scenario whose host is new, provisioned and leased before each test, and closed after it. */
export function withScenario(open: OpenDriver, host: Partial<HostSpec> = {}): () => Scenario {
  let scenario: Scenario;
  beforeEach(async () => {
    const spec = someHost(host);
    scenario = new Scenario(await open(spec));
    await scenario.driver.provision(spec, scenario.fence);
    await scenario.lease();
  });
  afterEach(() => scenario.under.close());
  return () => scenario;
}
