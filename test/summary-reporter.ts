import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What failed outside a test carries errors of this kind too: a hook's, a file's that does not load. */
interface Told {
  readonly message?: string;
}

/** Of a message as long as a whole diff, as much as says what was expected, in characters. */
const MESSAGE_SHOWN_MAX = 300;

/**
 * Prints a line for each failure, and last of all `N passed, N failed` alone on its line, after
 * everything that other reporters print. The lines of failures begin with `FAILED`, so that whoever
 * keeps only the end of a long output (`.ci/run` repeats them there) still learns what failed.
 * What fails outside a test (a file that does not load, a hook of a suite, an unhandled error, a run
 * that ends before its tests did) counts as a failure too, so that the last line never looks better
 * than the exit code. A run that is ended from outside tells what it came to, and what was under way.
 */
export default class SummaryReporter implements Reporter {
  private counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  private failures: readonly string[] = [];
  private readonly begun = new Set<TestModule>();
  private readonly underWay = new Set<TestCase>();
  private hasEnded = false;

  onInit(): void {
    process.once('exit', (exitCode) => {
      if (!this.hasEnded) this.tellSoFar();
      const { passed, skipped } = this.counts;
      const failed = exitCode !== 0 && this.counts.failed === 0 ? 1 : this.counts.failed;
      if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
      for (const failure of this.failures) process.stdout.write(`FAILED ${failure}\n`);
      process.stdout.write(`${passed} passed, ${failed} failed\n`);
    });
  }

  onTestModuleStart(module: TestModule): void {
    this.begun.add(module);
  }

  onTestCaseReady(test: TestCase): void {
    this.underWay.add(test);
  }

  onTestCaseResult(test: TestCase): void {
    this.underWay.delete(test);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly Told[]): void {
    this.hasEnded = true;
    const outside = unhandledErrors.map((error) => line('outside every test', [error]));
    this.failures = [...modules.flatMap(failuresOf), ...outside];
    this.counts = this.countsOf(modules, 'skipped', 'pending');
  }

  private tellSoFar(): void {
    const modules = [...this.begun];
    const cutOff = modules
      .filter((module) => module.state() === 'pending')
      .map((module) => {
        const tests = [...this.underWay].filter((test) => test.module === module);
        const at = tests.map(({ fullName }) => fullName).join(', ') || 'no test of it';
        return `${fileOf(module)}: the run was ended while this was under way: ${at}`;
      });
    this.failures = [...modules.flatMap(failuresOf), ...cutOff];
    this.counts = this.countsOf(modules, 'skipped');
  }

  private countsOf(modules: readonly TestModule[], ...skipped: readonly string[]): Counts {
    const states = modules.flatMap((module) =>
      Array.from(module.children.allTests(), (test) => test.result().state),
    );
    const count = (wanted: readonly string[]) =>
      states.filter((state) => wanted.includes(state)).length;
    return {
      passed: count(['passed']),
      failed: this.failures.length,
      skipped: count(skipped),
    };
  }
}

const fileOf = (module: TestModule): string => relative(process.cwd(), module.moduleId);

/** One line for each test, suite and file of `module` that failed of itself. */
function failuresOf(module: TestModule): string[] {
  const file = fileOf(module);
  const named = (fullName: string) => `${file} > ${fullName}`;
  const broken = (suite: TestModule | TestSuite, name: string) =>
    suite.errors().length > 0 ? [line(name, suite.errors())] : [];
  return [
    ...broken(module, file),
    ...Array.from(module.children.allSuites()).flatMap((suite) =>
      broken(suite, named(suite.fullName)),
    ),
    ...Array.from(module.children.allTests()).flatMap((test) => {
      const { state, errors } = test.result();
      return state === 'failed' ? [line(named(test.fullName), errors ?? [])] : [];
    }),
  ];
}

/** `name` and the first of its errors, on one line whatever they contain. */
function line(name: string, [first]: readonly Told[]): string {
  const message = first?.message?.replaceAll(/\s+/g, ' ').slice(0, MESSAGE_SHOWN_MAX);
  return `${name}: ${message ?? 'no message'}`.replaceAll(/\s+/g, ' ');
}
