/** A wait ended before what was waited for; that may go on without anybody waiting, so it is named. */
export class WaitBroken extends Error {
  override readonly name = 'WaitBroken';

  private constructor(
    override readonly cause: unknown,
    /** Null where nobody answered yet that there is one. */
    readonly workloadId: string | null,
    remark: string,
  ) {
    const isInterrupted = cause instanceof Error && cause.name === 'AbortError';
    const why = isInterrupted || !(cause instanceof Error) ? 'Interrupted.' : cause.message;
    super(`${why}\n${remark}`);
  }

  /** While the workload's end was waited for. */
  static before(workloadId: string, cause: unknown): WaitBroken {
    const remark = `${workloadId} was submitted and goes on: bulkhead get ${workloadId}, or bulkhead cancel ${workloadId}`;
    return new WaitBroken(cause, workloadId, remark);
  }

  /** While the answer to the submission was waited for. */
  static unanswered(idempotencyKey: string, cause: unknown): WaitBroken {
    const remark = `It may have been submitted. The same command with --idempotency-key ${idempotencyKey} shows it, and never submits it twice.`;
    return new WaitBroken(cause, null, remark);
  }
}
