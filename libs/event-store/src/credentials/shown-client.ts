/** Who a client says that it is, and what it shows for it. */
export interface ShownClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

const BASIC = /^Basic +([A-Za-z0-9+/_-]+={0,2})$/i;

/**
 * The client of an `Authorization` header of HTTP Basic, whose two parts RFC 6749 (section 2.3.1) has
 * form-encoded before they are joined; null where it is none.
 */
export function clientOfBasic(authorization: string | undefined): ShownClient | null {
  const encoded = BASIC.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  try {
    const part = (raw: string) => decodeURIComponent(raw.replaceAll('+', ' '));
    return { clientId: part(text.slice(0, colon)), clientSecret: part(text.slice(colon + 1)) };
  } catch {
    return null;
  }
}
