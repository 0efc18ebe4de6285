import type { Colors } from './terminal.js';

/** A webhook as the api shows it, as far as it is printed for a person. */
export interface ShownWebhook {
  readonly id: string;
  readonly url: string | null;
  readonly messageTypes: readonly string[];
  readonly status: string;
  readonly disabled: {
    readonly cause: string;
    readonly failures: number;
    readonly failingSince: string | null;
    readonly disabledAt: string;
  } | null;
  /** Why no message will arrive, where that is known already. */
  readonly warnings: readonly { readonly failure: string; readonly detail: string }[];
  readonly secrets: readonly { readonly version: number; readonly signsUntil: string | null }[];
  /** Only where it was drawn just now. */
  readonly secret?: string;
}

export interface ShownDelivery {
  readonly messageId: string;
  readonly type: string;
  readonly subject: string;
  readonly outcome: string;
  readonly tries: number;
  readonly lastStatusCode: number | null;
  readonly lastFailure: string | null;
  readonly nextTryAt: string | null;
  readonly madeAt: string;
}

/** A webhook for a person, with its secret where that is shown this once. */
export function webhookLines(webhook: ShownWebhook, colors: Colors): readonly string[] {
  const { messageTypes, disabled, warnings, secrets, secret } = webhook;
  return [
    headLine(webhook, colors),
    `  told of    ${messageTypes.join(', ')}`,
    ...(disabled === null ? [] : [`  disabled   ${disabled.disabledAt}: ${whyOf(disabled)}`]),
    ...warnings.map(
      ({ failure, detail }) => `  ${colors.yellow('warning')}    ${failure}: ${detail}`,
    ),
    ...secrets.map(
      ({ version, signsUntil }) =>
        `  signs      secret ${version}${signsUntil === null ? '' : ` until ${signsUntil}`}`,
    ),
    ...(secret === undefined ? [] : [`  secret     ${secret}`, '             (shown this once)']),
  ];
}

/** Webhooks for a person: a row each. */
export function webhookListLines(
  webhooks: readonly ShownWebhook[],
  colors: Colors,
): readonly string[] {
  if (webhooks.length === 0) return ['there is no webhook'];
  return webhooks.map((webhook) => headLine(webhook, colors));
}

/** Messages for a person, or those of one outcome: a row each. */
export function deliveryLines(
  deliveries: readonly ShownDelivery[],
  colors: Colors,
  outcome?: string,
): readonly string[] {
  if (deliveries.length === 0) {
    return [
      outcome === undefined
        ? 'nothing was to be told in the last days'
        : `no message of the last days is ${outcome}`,
    ];
  }
  return deliveries.map((delivery) => {
    const { messageId, type, subject, outcome, madeAt } = delivery;
    const row = [madeAt, colored(outcome, colors), type, subject, messageId, lastOf(delivery)];
    return row.filter((cell) => cell !== '').join('  ');
  });
}

function headLine({ id, url, status }: ShownWebhook, colors: Colors): string {
  return `${colors.bold(id)}  ${colored(status, colors)}  ${url ?? '(URL erased)'}`;
}

function whyOf({ cause, failures, failingSince }: NonNullable<ShownWebhook['disabled']>): string {
  if (cause === 'tenant') return 'as you wanted';
  if (cause === 'content-erased') return 'its URL and secrets were erased';
  if (cause === 'gone') return 'the receiver answered 410';
  const messages = `${failures} message${failures === 1 ? '' : 's'}`;
  return `nothing was accepted since ${failingSince}, ${messages} given up`;
}

function lastOf({ tries, lastStatusCode, lastFailure, nextTryAt }: ShownDelivery): string {
  if (tries === 0) return '';
  const said = lastStatusCode ?? lastFailure ?? 'under way';
  const next = nextTryAt === null ? '' : `, next ${nextTryAt}`;
  return `(${tries} ${tries === 1 ? 'try' : 'tries'}: ${said}${next})`;
}

function colored(word: string, colors: Colors): string {
  if (word === 'enabled' || word === 'delivered') return colors.green(word);
  return word === 'waiting' ? colors.yellow(word) : colors.red(word);
}
