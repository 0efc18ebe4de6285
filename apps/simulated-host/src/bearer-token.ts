import { createHash, timingSafeEqual } from 'node:crypto';

const SCHEME = 'Bearer ';

/** Compares digests of equal length in constant time, so that an answer's time tells nothing of the token. */
export function bearerCheck(token: string): (authorization: string | undefined) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(token);
  return (authorization) =>
    authorization?.startsWith(SCHEME) === true &&
    timingSafeEqual(digest(authorization.slice(SCHEME.length)), expected);
}
