import type { OsVersion } from './events.js';

/** `10.0.20348.2461` as numbers, or null where the text is not four dotted numbers. */
export function parseOsVersion(text: string): OsVersion | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,6})\.(\d{1,6})$/.exec(text);
  if (match === null) return null;
  const [major, minor, build, revision] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return { major, minor, build, revision };
}

/** The usual spelling: `10.0.20348.2461`. */
export function formatOsVersion(version: OsVersion): string {
  return `${version.major}.${version.minor}.${version.build}.${version.revision}`;
}
