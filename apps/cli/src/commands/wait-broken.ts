/** A wait ended before what was waited for; that goes on without anybody waiting, so it is named. */
export class WaitBroken extends Error {
  override readonly name = 'WaitBroken';
  constructor(
    readonly workloadId: string,
    override readonly cause: unknown,
  ) {
    const isInterrupted = cause instanceof Error && cause.name === 'AbortError';
    const why = isInterrupted || !(cause instanceof Error) ? 'Interrupted.' : cause.message;
    super(
      `${why}\n${workloadId} was submitted and goes on: bulkhead get ${workloadId}, or bulkhead cancel ${workloadId}`,
    );
  }
}
