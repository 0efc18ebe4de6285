import type { Credential } from '../setup/rest-client.js';

/** An image of the seeded catalogue that the default fleet runs. */
const IMAGE = 'mcr.microsoft.com/windows/nanoserver:ltsc2022';
const RUN_MS = 3_000;

/**
 * Three lines for a POSIX shell, each to be run after the other: get a token, submit a workload,
 * read what happened to it. They need no program beyond curl, sed and grep.
 */
export function curlLines(url: string, tenant: Credential): readonly [string, string, string] {
  const workload = JSON.stringify({
    image: IMAGE,
    resources: { cpuMillis: 500, memoryMiB: 256 },
    simulation: { durationMs: RUN_MS, exitCode: 0 },
  });
  const form = [
    '-d grant_type=client_credentials',
    `-d client_id=${tenant.clientId}`,
    `-d client_secret=${tenant.clientSecret}`,
  ].join(' ');
  const authorization = '-H "Authorization: Bearer $TOKEN"';
  return [
    `TOKEN=$(curl -sS ${url}/oauth/token ${form} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `SUBMITTED=$(curl -sS ${url}/v1/workloads ${authorization} -H 'Content-Type: application/json' -d '${workload}') && echo "$SUBMITTED"`,
    `curl -sS ${url}/v1/workloads/$(echo "$SUBMITTED" | grep -o 'wl_[0-9a-z]*' | head -n 1)/events ${authorization}`,
  ];
}
