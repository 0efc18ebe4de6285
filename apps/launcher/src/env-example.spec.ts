import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SETTING = /^\s+([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*):/gm;

const example = readFileSync(`${ROOT}.env.example`, 'utf8');
const settingsFiles = readdirSync(`${ROOT}apps`)
  .map((app) => `apps/${app}/src/settings.ts`)
  .filter((path) => existsSync(ROOT + path));

describe('.env.example', () => {
  it.each(settingsFiles)('explains every setting that %s reads', (path) => {
    const names = [...readFileSync(ROOT + path, 'utf8').matchAll(SETTING)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(example).toMatch(new RegExp(`^#${name}=`, 'm'));
  });

  it.each(settingsFiles.filter((path) => !path.includes('/launcher/')))(
    'knows no setting of %s that docker-compose.yml neither fixes nor passes on',
    (path) => {
      const names = [...readFileSync(ROOT + path, 'utf8').matchAll(SETTING)].map(
        ([, name]) => name,
      );
      const compose = readFileSync(`${ROOT}docker-compose.yml`, 'utf8');
      for (const name of names) expect(compose).toMatch(new RegExp(`^      ${name}:`, 'm'));
    },
  );

  it('sets nothing by itself, and explains every variable that docker-compose.yml asks for', () => {
    expect(example).not.toMatch(/^[A-Z]/m);
    const compose = readFileSync(`${ROOT}docker-compose.yml`, 'utf8');
    const asked = [...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
    for (const name of asked) expect(example).toMatch(new RegExp(`^#${name}=`, 'm'));
  });
});
