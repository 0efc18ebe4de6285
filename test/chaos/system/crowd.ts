import { setTimeout as sleep } from 'node:timers/promises';
import type { ArrivedCrowd } from './act.js';
import { type Accepted, RESOURCES, WINDOWS } from './load.js';
import type { FailedTry, Wire } from './wire.js';

/** The least that an api can be told to let wait for the log. */
export const APPENDS_WAITING_MAX = 100;
/** They make the appends that are on their way at once, and do not count as waiting. */
const FIRST = 10;
const BETWEEN_MS = 300;
const REST = APPENDS_WAITING_MAX + 15;
/** What an api answers whose appends wait already, as many as it lets. */
const FULL = 'OVERLOADED';

/** Single workloads that come to one api all at once, each with its key, beside the usual load. */
export class Crowd {
  private arrived = 0;

  constructor(
    private readonly tenants: readonly Wire[],
    private readonly accepted: Accepted,
  ) {}

  arriveAt(url: string): ArrivedCrowd {
    const tenant = this.arrived % this.tenants.length;
    const wire = (this.tenants[tenant] as Wire).onlyTo(url);
    const isTurnedAway = ({ detail }: FailedTry) => detail.includes(FULL);
    return {
      turnedAway: () => wire.failedTries.filter(isTurnedAway).length,
      accepted: this.submitAll(wire, tenant),
    };
  }

  private async submitAll(wire: Wire, tenant: number): Promise<void> {
    const first = this.submit(FIRST, wire, tenant);
    await sleep(BETWEEN_MS);
    await Promise.all([first, this.submit(REST, wire, tenant)]);
    this.tenants[tenant]?.failedTries.push(...wire.failedTries);
  }

  private async submit(count: number, wire: Wire, tenant: number): Promise<void> {
    const keys = Array.from({ length: count }, () => {
      this.arrived += 1;
      return `crowd-${this.arrived}`;
    });
    await Promise.all(keys.map((key) => this.submitOne(key, wire, tenant)));
  }

  private async submitOne(key: string, wire: Wire, tenant: number): Promise<void> {
    const simulation = { durationMs: 0, exitCode: 0 };
    const body = { image: WINDOWS, resources: RESOURCES, simulation };
    const answer = await wire.post('/v1/workloads', body, key);
    const { id } = answer.body as { id?: string };
    if (answer.status === 202 && id !== undefined) this.accepted.workloads.set(key, { tenant, id });
    else
      this.accepted.odd.push(
        `${key} was answered ${answer.status}: ${JSON.stringify(answer.body)}`,
      );
  }
}
