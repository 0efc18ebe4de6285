import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** By how long files take, from levels of half a minute a file to those of milliseconds. */
const ORDER = [
  /^(?!.*\/e2e\/api\/).*\.e2e\.spec\.ts$/,
  /\/(many-processes|takeover|launcher|end-to-end-on-redis|shutdown|refused-connections)\.chaos\.spec\.ts$/,
  /\.chaos\.spec\.ts$/,
  /\.int\.spec\.ts$/,
  /\/test\/architecture\//,
  /\.contract\.spec\.ts$/,
  /\.sim\.spec\.ts$/,
  /\/apps\/worker\/src\/[^/]+\.spec\.ts$/,
  /\.e2e\.spec\.ts$/,
];

/** Long files come first, so that short ones keep every core busy until the end. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = ORDER.findIndex((pattern) => pattern.test(moduleId));
      return place === -1 ? ORDER.length : place;
    };
    // What vitest knows of each file's last time orders those of one rank, because sorting is stable.
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}
