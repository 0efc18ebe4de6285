import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

const HEADER = 'bulkhead-consistency-token';
const TIMEOUT_MS = 300;

let api: ApiUnderTest;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start({ consistencyTimeoutMs: TIMEOUT_MS });
  tenant = await api.tenant(await api.platformToken('operator'));
});
afterAll(() => api.stop());

describe('a list that no worker keeps up to date', () => {
  it('is answered after the bound with 504 and when to come back, and without the token as it is', async () => {
    const { token } = tenant;
    const submitted = await api.post('/v1/workloads', token, submission());
    const headers = { [HEADER]: submitted.headers.get(HEADER) ?? '' };
    const begunMs = performance.now();
    const answer = await api.call('GET', '/v1/workloads', { token, headers });
    expect(performance.now() - begunMs).toBeGreaterThanOrEqual(TIMEOUT_MS - 1);
    expect([answer.status, answer.body.code]).toEqual([504, 'CONSISTENCY_TIMEOUT']);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const asItIs = await api.get('/v1/workloads', token);
    expect([asItIs.status, asItIs.body.items]).toEqual([200, []]);
    expect((await api.get(`/v1/workloads/${submitted.body.id}`, token)).status).toBe(200);
  });
});
