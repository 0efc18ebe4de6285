import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './source-tree.js';

const inFolder = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const documents = ['.', 'docs', 'docs/adr', 'docs/guides'].flatMap(inFolder);
const decisions = inFolder('docs/adr');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** The name by which a heading is linked to, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
const anchorsIn = (path: string) =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

/** What a document links to inside this repository: a path, and an anchor in it. */
function linksIn(path: string): [target: string, anchor: string][] {
  const links = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [target = '', anchor = ''] = link.split('#');
      return [target === '' ? path : join(dirname(path), target), anchor];
    });
}

describe('the documents', () => {
  it.each(documents)('%s links to nothing that is not there', (path) => {
    const broken = linksIn(path).filter(
      ([target, anchor]) =>
        !existsSync(join(ROOT, target)) ||
        (anchor !== '' && target.endsWith('.md') && !anchorsIn(target).includes(anchor)),
    );
    expect(broken).toEqual([]);
  });

  it('lead to every guide from the README, by one link or two', () => {
    const linked = new Set(linksIn('README.md').map(([target]) => target));
    for (const path of [...linked].filter((target) => target.endsWith('.md'))) {
      for (const [target] of linksIn(path)) linked.add(target);
    }
    expect(inFolder('docs/guides').filter((guide) => !linked.has(guide))).toEqual([]);
  });

  it('number each decision once, without a gap, as its title says', () => {
    const numbers = decisions.map((path) => path.replace(/^docs\/adr\/(\d+)-.*$/, '$1')).sort();
    expect(numbers).toEqual(numbers.map((_, at) => String(at).padStart(4, '0')));
    for (const path of decisions.filter((one) => !one.includes('template'))) {
      expect(read(path).split('\n')[0]).toContain(path.replace(/^docs\/adr\/(\d+)-.*$/, '$1'));
    }
  });
});
