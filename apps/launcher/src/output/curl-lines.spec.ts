import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { curlLines } from './curl-lines.js';

const tenant = { clientId: 'cred_0190', clientSecret: 'abc123' };
const lines = curlLines('http://127.0.0.1:8080', tenant);

/** Runs the three lines in a shell whose curl prints what it was asked, then a canned answer. */
function runWithEchoingCurl(answers: string): string {
  const curl = `curl() { printf '%s\\n' "curl $*" >&2; case "$*" in ${answers} esac; }`;
  const script = `exec 2>&1; ${curl}\n${lines.join('\n')}\n`;
  return execFileSync('bash', ['-eu', '-o', 'pipefail', '-c', script], { encoding: 'utf8' });
}

describe('the printed curl lines', () => {
  it('get a token, submit a workload and read its events, each line using the one before', () => {
    const said = runWithEchoingCurl(
      `*oauth/token*) echo '{"access_token":"ey.J0.k-_","token_type":"Bearer"}';; ` +
        `*/events*) echo '{"items":[]}';; ` +
        `*/v1/workloads*) echo '{"id":"wl_01ab","decision":{"id":"x"},"links":"wl_other"}';;`,
    );
    expect(said).toContain('-d client_id=cred_0190 -d client_secret=abc123');
    expect(said).toContain('http://127.0.0.1:8080/v1/workloads -H Authorization: Bearer ey.J0.k-_');
    expect(said).toContain('http://127.0.0.1:8080/v1/workloads/wl_01ab/events');
  });

  it('are one line each and send a workload that is valid JSON', () => {
    for (const line of lines) expect(line).not.toContain('\n');
    const sent = /-d '([^']*)'/.exec(lines[1])?.[1] ?? '';
    expect(JSON.parse(sent)).toMatchObject({ resources: { cpuMillis: 500, memoryMiB: 256 } });
  });
});
