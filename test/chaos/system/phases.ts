/** How long each part of a run took. */
export class Phases {
  readonly tookMs: Record<string, number> = {};
  private sinceMs = performance.now();

  /** Notes the part that ends now; the next one begins. */
  ended(phase: string): void {
    const nowMs = performance.now();
    this.tookMs[`${phase}Ms`] = Math.round(nowMs - this.sinceMs);
    this.sinceMs = nowMs;
  }
}
