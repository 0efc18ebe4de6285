import type { Reporter, TestModule } from 'vitest/node';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Prints `N passed, N failed` alone on the last line, after everything that other reporters print.
 * What fails outside a test (a file that does not load, a hook of a suite, an unhandled error, a run
 * that ends before its tests did) counts as a failure too, so that the line never looks better than
 * the exit code.
 */
export default class SummaryReporter implements Reporter {
  private counts: Counts = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    process.once('exit', (exitCode) => {
      const { passed, skipped } = this.counts;
      const failed = exitCode !== 0 && this.counts.failed === 0 ? 1 : this.counts.failed;
      if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
      process.stdout.write(`${passed} passed, ${failed} failed\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = modules.map(countModule);
    const sum = (key: keyof Counts) => counts.reduce((total, module) => total + module[key], 0);
    this.counts = {
      passed: sum('passed'),
      failed: sum('failed') + unhandledErrors.length,
      skipped: sum('skipped'),
    };
  }
}

function countModule(module: TestModule): Counts {
  const states = Array.from(module.children.allTests(), (test) => test.result().state);
  const count = (...wanted: readonly string[]) =>
    states.filter((state) => wanted.includes(state)).length;
  const brokenSuites = Array.from(module.children.allSuites()).filter(
    (suite) => suite.errors().length > 0,
  ).length;
  return {
    passed: count('passed'),
    failed: count('failed') + brokenSuites + (module.errors().length > 0 ? 1 : 0),
    skipped: count('skipped', 'pending'),
  };
}
