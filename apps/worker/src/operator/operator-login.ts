import { clientOfBasic, type EventLog, provenCredential } from '@bulkhead/event-store';

/** Lets in who shows an operator's credential, as the log has it at this moment. */
export class OperatorLogin {
  constructor(private readonly log: Pick<EventLog, 'readStream'>) {}

  /** Whether an `Authorization` header (HTTP Basic: credential's id and secret) is an operator's. */
  async isOperator(authorization: string | undefined): Promise<boolean> {
    const client = clientOfBasic(authorization);
    const credential = client === null ? null : await provenCredential(this.log, client);
    return credential?.role === 'operator';
  }
}
