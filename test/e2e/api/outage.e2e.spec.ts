import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

let api: ApiUnderTest;
let token: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  ({ token } = await api.tenant(await api.platformToken('operator')));
  expect((await api.get('/v1/workloads', token)).status).toBe(200);
  await api.database.drop();
});
afterAll(() => api.stop());

describe('without its database', () => {
  it('the api says that it is not available, when to try again, and nothing of the inside', async () => {
    const answers = [
      await api.post('/v1/workloads', token, submission()),
      await api.get('/v1/workloads', token),
      await api.get(`/v1/workloads/wl_${'0'.repeat(32)}`, token),
      await api.get('/v1/tenant', token),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(['UNAVAILABLE', 'OUTCOME_UNKNOWN']).toContain(answer.body.code);
      expect(answer.text).not.toMatch(/test_|bulkhead_api|does not exist|SELECT/);
    }
  });

  it('it lives but is not ready, and issues no token', async () => {
    expect((await api.call('GET', '/health/live')).status).toBe(200);
    const ready = await api.call('GET', '/health/ready');
    expect([ready.status, ready.body]).toEqual([503, { status: 'unavailable' }]);
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: `cred_${'0'.repeat(32)}`,
      client_secret: 'x',
    });
    expect((await api.call('POST', '/oauth/token', { body })).status).toBe(503);
  });
});
