/** What the api says of a refused request (RFC 9457, or RFC 6749 where tokens are issued). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly {
    readonly line: number | null;
    readonly pointer: string;
    readonly detail: string;
  }[];
  /** Everything that stood in the body. */
  readonly body: unknown;
}

const SHOWN_BODY_CHARS = 300;

/** The api answered, and the answer is no. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  constructor(
    readonly method: string,
    readonly path: string,
    readonly problem: Problem,
  ) {
    super(problemLines(problem).join('\n'));
  }

  /** Whether it depends on who asks. */
  get isOfCaller(): boolean {
    return this.problem.code === 'INSUFFICIENT_SCOPE';
  }

  /** The same refusal with a remark for the one who reads it, once. */
  with(remark: string): RequestRefused {
    if (this.problem.detail.endsWith(remark)) return this;
    const detail = `${this.problem.detail || this.problem.title} ${remark}`;
    return new RequestRefused(this.method, this.path, { ...this.problem, detail });
  }
}

/** No answer came, or only "not now", for as long as the client was ready to try. */
export class ApiUnavailable extends Error {
  override readonly name = 'ApiUnavailable';
  /**
   * @param path of the request that was not answered
   * @param isUntaken whether every try was answered that it was not taken, so that nothing came of any
   * @param because what came of the last try
   */
  constructor(
    message: string,
    readonly path: string,
    readonly isUntaken = false,
    readonly because = message,
  ) {
    super(message);
  }

  /** The same with a line for the one who reads it. */
  with(remark: string): ApiUnavailable {
    const { message, path, isUntaken, because } = this;
    return new ApiUnavailable(`${message}\n${remark}`, path, isUntaken, because);
  }
}

/** The address that was given can never answer, however often it is tried. */
export class UnusableAddress extends Error {
  override readonly name = 'UnusableAddress';
}

/** Reads a problem out of an answer, also where some proxy answered with a page of its own. */
export function readProblem(status: number, body: unknown): Problem {
  const fields = isRecord(body) ? body : {};
  const text = (value: unknown, otherwise: string) =>
    typeof value === 'string' && value !== '' ? value : otherwise;
  const errors = Array.isArray(fields['errors']) ? fields['errors'].filter(isRecord) : [];
  // The token endpoint speaks OAuth (RFC 6749): `error` and `error_description`.
  const page = typeof body === 'string' ? body.trim().slice(0, SHOWN_BODY_CHARS) : '';
  return {
    status,
    code: text(fields['code'], text(fields['error'], `HTTP_${status}`)),
    title: text(fields['title'], 'The request was refused.'),
    detail: text(fields['detail'], text(fields['error_description'], page)),
    errors: errors.map((error) => ({
      line: typeof error['line'] === 'number' ? error['line'] : null,
      pointer: text(error['pointer'], text(error['parameter'], '')),
      detail: text(error['detail'], text(error['message'], '')),
    })),
    body,
  };
}

/** The problem for a person: what and why, then each wrong field, rule or id on a line of its own. */
export function problemLines({ status, code, title, detail, errors, body }: Problem): string[] {
  const { reasons, workloadId, webhookId } = isRecord(body) ? body : {};
  const rules = Array.isArray(reasons) ? reasons.filter(isRecord) : [];
  return [
    `${code} (${status}): ${detail === '' || rules.length > 0 ? title : detail}`,
    ...errors.map(({ line, pointer, detail }) => {
      const where = line === null ? pointer || '(body)' : `line ${line} ${pointer}`.trimEnd();
      return `  ${where}: ${detail}`;
    }),
    ...rules.map(({ rule, because }) => `  ${rule}: ${because}`),
    ...(typeof workloadId === 'string' ? [`  It is recorded as ${workloadId}.`] : []),
    ...(typeof webhookId === 'string' ? [`  It is ${webhookId}.`] : []),
  ];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
