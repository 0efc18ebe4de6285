import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CREDENTIAL_KEPT_MS } from '../../../apps/api/src/auth/credential-directory.js';
import { ApiUnderTest, signingKeyPem, submission } from './api-under-test.js';

const jwt = new JwtService();
let api: ApiUnderTest;
let operator: string;
let auditor: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  auditor = await api.platformToken('auditor');
  tenant = await api.tenant(operator);
});
afterAll(() => api.stop());

const PUBLIC = [
  'GET /.well-known/jwks.json',
  'GET /health/live',
  'GET /health/ready',
  'POST /oauth/token',
];

function guardedRoutes(): string[] {
  return api.running.routes
    .all()
    .filter((route) => !/^(HEAD|OPTIONS)|\/docs|openapi\.json/.test(route))
    .filter((route) => !PUBLIC.includes(route));
}

/** A token that is good for something else. */
function tokenWithWrongScope(route: string): string {
  if (route.includes('/v1/audit')) return operator;
  // Tenants and operators are both told, each what is theirs.
  if (route.endsWith('/explain')) return auditor;
  return /\/v1\/(workloads|batches|schedules|webhooks|tenant)(\/|$)/.test(route)
    ? operator
    : tenant.token;
}

describe('every route that is not public', () => {
  it('answers 401 without a token, and 403 with the token of another role', async () => {
    const routes = guardedRoutes();
    expect(routes.length).toBeGreaterThan(25);
    for (const route of routes) {
      const [method = '', pattern = ''] = route.split(' ');
      const path = pattern.replaceAll(/:[a-z]+/g, 'x');
      const bare = await api.call(method, path);
      expect(bare.status, route).toBe(401);
      expect(bare.headers.get('www-authenticate'), route).toBe('Bearer');
      expect(bare.body, route).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      const wrong = await api.call(method, path, { token: tokenWithWrongScope(route) });
      expect(wrong.status, route).toBe(403);
      expect(wrong.body, route).toMatchObject({ status: 403, code: 'INSUFFICIENT_SCOPE' });
      expect(wrong.headers.get('content-type')).toContain('application/problem+json');
    }
  });

  it('is closed to a token with fewer scopes than its role may have', async () => {
    const reader = await api.tokenOf(tenant.credential, 'workloads:read');
    expect((await api.get('/v1/workloads', reader)).status).toBe(200);
    expect((await api.post('/v1/workloads', reader, submission())).status).toBe(403);
  });
});

describe('a body without a valid token', () => {
  it('is answered with 401 and not even read, whatever it holds', async () => {
    const bodies = ['{"broken', `{"a":[${Array(110_000).fill('"\\ud800"').join(',')}]}`];
    for (const body of [...bodies, '['.repeat(524_000), 'x'.repeat(2 * 1024 * 1024)]) {
      for (const token of [undefined, 'nonsense']) {
        const answer = await api.call('POST', '/v1/workloads', {
          body,
          ...(token === undefined ? {} : { token }),
        });
        expect([answer.status, answer.body.code]).toEqual([401, 'UNAUTHENTICATED']);
      }
    }
  });

  it('is not parsed where there is no route for it either', async () => {
    const answer = await api.call('POST', '/v1/nothing', { body: '{"broken' });
    expect([answer.status, answer.body.code]).toEqual([404, 'ROUTE_NOT_FOUND']);
  });
});

describe('a forged or worn-out token', () => {
  const key = signingKeyPem;
  const now = () => Math.floor(Date.now() / 1_000);
  const { privateKey: otherKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  function genuine() {
    const decoded = jwt.decode(tenant.token, { complete: true });
    if (decoded === null) throw new Error('not a token');
    return { header: decoded.header, payload: decoded.payload as Record<string, unknown> };
  }

  function sign(claims: object, header: object = {}, pem: string | KeyObject = key) {
    const { header: own, payload } = genuine();
    return jwt.sign(
      { ...payload, ...claims },
      {
        privateKey: pem,
        algorithm: 'RS256',
        header: { ...own, ...header },
      },
    );
  }

  /** The same bytes of signature under another last letter, whose lower four bits are left over. */
  function respelled(token: string) {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const other = letters[letters.indexOf(token.at(-1) ?? '') + 1] ?? '';
    return `${token.slice(0, -1)}${other}`;
  }

  const unsigned = (header: object, claims: object, signature = '') => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part(header)}.${part(claims)}.${signature}`;
  };

  const forgeries: [string, () => string][] = [
    ['that is no token', () => 'nonsense'],
    ['of another key', () => sign({}, {}, otherKey)],
    ['whose last letter has other bits that mean nothing', () => respelled(sign({}))],
    ['with an unknown key id', () => sign({}, { kid: 'other' })],
    [
      'that brings its own key',
      () => sign({}, { jwk: createPublicKey(otherKey).export({ format: 'jwk' }) }, otherKey),
    ],
    ['that names a key set elsewhere', () => sign({}, { jku: 'https://elsewhere.test/jwks.json' })],
    ['of another type', () => sign({}, { typ: 'JWT' })],
    ['with a critical extension', () => sign({}, { crit: ['x'], x: 1 })],
    ['without signature', () => unsigned({ ...genuine().header, alg: 'none' }, genuine().payload)],
    ['that keeps only header and claims', () => unsigned(genuine().header, genuine().payload)],
    [
      'signed with the public key as a shared secret',
      () => {
        const header = { ...genuine().header, alg: 'HS256' };
        const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
        const text = unsigned(header, genuine().payload).slice(0, -1);
        const mac = createHmac('sha256', pem).update(text).digest('base64url');
        return `${text}.${mac}`;
      },
    ],
    [
      'with another algorithm of the same key',
      () => {
        const { header, payload } = genuine();
        return jwt.sign(payload, {
          privateKey: key,
          algorithm: 'PS256',
          header: { ...header, alg: 'PS256' },
        });
      },
    ],
    ['that has expired', () => sign({ iat: now() - 901, exp: now() - 1 })],
    ['that is not valid yet', () => sign({ nbf: now() + 60 })],
    ['of another issuer', () => sign({ iss: 'https://elsewhere.test' })],
    ['for another audience', () => sign({ aud: 'elsewhere' })],
    [
      'that never expires',
      () => {
        const { header, payload } = genuine();
        const { exp: _exp, ...claims } = payload;
        return jwt.sign(claims, {
          privateKey: key,
          algorithm: 'RS256',
          header,
        });
      },
    ],
    ['that lives too long', () => sign({ exp: now() + 86_400 })],
    ['with a scope that its role cannot have', () => sign({ scope: 'audit:read' })],
    ['of a tenant without a tenant', () => sign({ tenant: null })],
    [
      'of a credential that was never issued',
      () => {
        const other = `cred_${'0'.repeat(32)}`;
        return sign({ sub: other, client_id: other });
      },
    ],
  ];

  it.each(forgeries)('%s is answered with 401', async (_, forge) => {
    expect((await api.get('/v1/workloads', sign({}))).status).toBe(200);
    const answer = await api.get('/v1/workloads', forge());
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
    expect(answer.body.code).toBe('UNAUTHENTICATED');
  });

  it('counts at once where the api that issued it is nine seconds ahead', async () => {
    const { iat, nbf, exp } = genuine().payload as Record<'iat' | 'nbf' | 'exp', number>;
    const ahead = sign({ iat: iat + 9, nbf: nbf + 9, exp: exp + 9 });
    expect((await api.get('/v1/workloads', ahead)).status).toBe(200);
  });

  it('does not count in the query or under another scheme', async () => {
    const inQuery = await api.call('GET', `/v1/workloads?access_token=${tenant.token}`);
    expect(inQuery.status).toBe(401);
    const basic = { authorization: `Basic ${tenant.token}` };
    expect((await api.call('GET', '/v1/workloads', { headers: basic })).status).toBe(401);
  });

  it('of a revoked credential stops working within 5 seconds', async () => {
    const short = await api.tenant(operator);
    const path = `/v1/tenants/${short.id}/credentials/${short.credential.clientId}`;
    expect((await api.get('/v1/tenant', short.token)).status).toBe(200);
    expect((await api.call('DELETE', path, { token: operator })).status).toBe(204);
    expect((await api.get('/v1/tenant', short.token)).status).toBe(401);
    expect((await api.call('DELETE', path, { token: operator })).status).toBe(204);
    await expect(api.tokenOf(short.credential)).rejects.toThrow('invalid_client');
    expect(CREDENTIAL_KEPT_MS).toBeLessThan(5_000);
  });
});

describe('the token endpoint', () => {
  const ask = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    api.call('POST', '/oauth/token', { body: new URLSearchParams(fields), headers });
  const grant = { grant_type: 'client_credentials' };
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  });

  it('takes the client in the form or by HTTP Basic, and never caches', async () => {
    const { clientId, clientSecret } = tenant.credential;
    const form = await ask({ ...grant, client_id: clientId, client_secret: clientSecret });
    expect(form.status).toBe(200);
    expect(form.headers.get('cache-control')).toBe('no-store');
    expect(form.body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'workloads:read workloads:write',
    });
    expect((await ask(grant, basic(clientId, clientSecret))).status).toBe(200);
    // Every character may be percent-encoded, in either part (RFC 6749).
    const [first = 0] = Buffer.from(clientSecret);
    const encoded = `%${first.toString(16)}${clientSecret.slice(1)}`;
    expect((await ask(grant, basic(clientId.replace('_', '%5F'), encoded))).status).toBe(200);
  });

  it('refuses a form that is larger than any token request before it is taken apart', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await api.call('POST', '/oauth/token', {
      body: 'a&'.repeat(500_000),
      headers: form,
    });
    expect([answer.status, answer.body.code]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  it('says in the words of OAuth what is wrong', async () => {
    const { clientId: id, clientSecret: secret } = tenant.credential;
    const client = { client_id: id, client_secret: secret };
    const cases: [number, string, Record<string, string>, Record<string, string>?][] = [
      [400, 'invalid_request', client],
      [400, 'unsupported_grant_type', { ...client, grant_type: 'password' }],
      [400, 'invalid_scope', { ...grant, ...client, scope: 'platform:admin' }],
      [401, 'invalid_client', grant],
      [401, 'invalid_client', { ...grant, client_id: id, client_secret: 'wrong' }],
      [401, 'invalid_client', { ...grant, client_id: 'nobody', client_secret: secret }],
      [401, 'invalid_client', { ...grant, client_id: `cred_${'0'.repeat(32)}`, client_secret: '' }],
      [401, 'invalid_client', { ...grant, client_id: '\u0000', client_secret: '\u0000' }],
      [401, 'invalid_client', grant, { authorization: 'Basic !' }],
      [400, 'invalid_request', { ...grant, ...client }, basic(id, secret)],
    ];
    for (const [status, error, fields, headers] of cases) {
      const answer = await ask(fields, headers);
      expect([answer.status, answer.body.error]).toEqual([status, error]);
    }
    const twice = await api.call('POST', '/oauth/token', {
      body: 'grant_type=client_credentials&grant_type=client_credentials',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(twice.body.error).toBe('invalid_request');
    expect((await api.call('POST', '/oauth/token', { body: grant })).status).toBe(415);
  });

  it('publishes the key that verifies its tokens, under the name that they carry', async () => {
    const { body } = await api.call('GET', '/.well-known/jwks.json');
    const [jwk] = body.keys;
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const verified = jwt.verify(tenant.token, {
      publicKey: publicKey as never,
      algorithms: ['RS256'],
      complete: true,
    });
    expect(verified.header).toMatchObject({ alg: 'RS256', typ: 'at+jwt', kid: jwk.kid });
    expect(verified.payload).toMatchObject({ tenant: tenant.id, role: 'tenant' });
  });

  it('keeps auditors out of operator routes and operators out of the audit', async () => {
    expect((await api.get('/v1/audit/events', auditor)).status).toBe(200);
    expect((await api.get('/v1/hosts', auditor)).status).toBe(403);
    expect((await api.get('/v1/audit/events', operator)).status).toBe(403);
  });
});

describe('two apis in one process', () => {
  it('each take only the tokens of their own key, whichever of them was made last', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const tokenSigningKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const other = await ApiUnderTest.start({ tokenSigningKeyPem });
    try {
      const otherOperator = await other.platformToken('operator');
      expect((await other.get('/v1/hosts', otherOperator)).status).toBe(200);
      expect((await api.get('/v1/hosts', operator)).status).toBe(200);
      expect((await other.get('/v1/hosts', operator)).status).toBe(401);
      expect((await api.get('/v1/hosts', otherOperator)).status).toBe(401);
    } finally {
      await other.stop();
    }
  });
});
