import {
  type CompatibilityTable,
  compatibilityTable,
  type OsVersion,
  parseOsVersion,
} from '@bulkhead/domain';
import type { ApiClient } from '../http/api-client.js';
import { isRecord } from '../http/problem.js';
import type { Resources } from './job-request.js';
import type { CatalogueEntry } from './map-images.js';
import { BadAnswer } from './tenant-access.js';

const PAGE_ITEMS = 200;
/** A list of more pages than this is not read further. */
const MAX_PAGES = 500;

/** Every item of a cursor-paged list. */
export async function readList(
  client: ApiClient,
  route: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const all: Record<string, unknown>[] = [];
  let cursor: unknown = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const more = typeof cursor === 'string' ? `&cursor=${encodeURIComponent(cursor)}` : '';
    const { body } = await client.get(`${route}?limit=${PAGE_ITEMS}${more}`);
    if (!isRecord(body) || !Array.isArray(body['items'])) {
      throw new BadAnswer(`${route} answered no list`);
    }
    all.push(...body['items'].filter(isRecord));
    cursor = body['nextCursor'];
    if (typeof cursor !== 'string') return all;
  }
  throw new BadAnswer(`${route} has more than ${MAX_PAGES * PAGE_ITEMS} items`);
}

/** The present policy, as far as an import depends on it. */
export interface PolicyEntry {
  /** What it sets aside for each utility VM. */
  readonly utilityVmReserve: Resources;
  /** Which hosts can run which images. */
  readonly compatibility: CompatibilityTable;
}

/** @throws BadAnswer, or RangeError for a compatibility table that this code does not carry */
export async function readPolicy(operator: ApiClient): Promise<PolicyEntry> {
  const { body } = await operator.get('/v1/policies/current');
  const { utilityVmReserve: reserve, compatibilityVersion: version } = isRecord(body) ? body : {};
  const { cpuMillis, memoryMiB } = isRecord(reserve) ? reserve : {};
  if (typeof cpuMillis !== 'number' || typeof memoryMiB !== 'number') {
    throw new BadAnswer('the present policy names no reserve for utility VMs');
  }
  if (typeof version !== 'number') {
    throw new BadAnswer('the present policy names no version of the compatibility table');
  }
  return {
    utilityVmReserve: { cpuMillis, memoryMiB },
    compatibility: compatibilityTable(version),
  };
}

/** The images that the platform knows and has not revoked. */
export async function readCatalogue(operator: ApiClient): Promise<readonly CatalogueEntry[]> {
  const images = await readList(operator, '/v1/images');
  return images
    .filter((image) => image['revoked'] !== true)
    .map((image) => ({
      reference: String(image['reference']),
      os: image['os'] === 'linux' ? 'linux' : 'windows',
      osVersion: readOsVersion(image['osVersion']),
    }));
}

/** `10.0.20348.2461`; null for an image or host that has none. */
function readOsVersion(value: unknown): OsVersion | null {
  return typeof value === 'string' ? parseOsVersion(value) : null;
}

/** A host of the fleet, as far as an import looks at it. */
export interface FleetHostEntry {
  readonly id: string;
  readonly osVersion: OsVersion | null;
  /** Whether it takes new work as far as operators are concerned: not cordoned, drained or retired. */
  readonly open: boolean;
}

export async function readHosts(operator: ApiClient): Promise<readonly FleetHostEntry[]> {
  const hosts = await readList(operator, '/v1/hosts');
  return hosts.map((host) => ({
    id: String(host['id']),
    osVersion: readOsVersion(host['osVersion']),
    open:
      host['cordoned'] !== true &&
      (host['drain'] ?? null) === null &&
      (host['quarantine'] ?? null) === null &&
      host['status'] !== 'retired',
  }));
}
