/** An OAuth client: what a person or a program shows to get a token. */
export interface Credential {
  readonly clientId: string;
  readonly clientSecret: string;
}
