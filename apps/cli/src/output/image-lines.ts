import type { Colors } from './terminal.js';

/** An image as the api shows it, as far as it is printed for a person. */
export interface ShownImage {
  readonly id: string;
  readonly reference: string;
  readonly osVersion: string | null;
  readonly os: string;
  readonly publisher: string;
  readonly diskMiB: number;
  readonly layers: readonly unknown[];
  readonly revoked: boolean;
}

/** Images for a person: one a row. */
export function imageLines(images: readonly ShownImage[], colors: Colors): readonly string[] {
  if (images.length === 0) return ['the catalogue is empty'];
  const width = Math.max(...images.map(({ reference }) => reference.length));
  return images.map(({ id, reference, os, osVersion, publisher, diskMiB, layers, revoked }) => {
    const of = `${os}${osVersion === null ? '' : ` ${osVersion}`} of ${publisher}`;
    const size = `${diskMiB} MiB in ${layers.length} layer${layers.length === 1 ? '' : 's'}`;
    const end = revoked ? `; ${colors.red('revoked')}` : '';
    return `${id}  ${colors.bold(reference.padEnd(width))}  ${of}; ${size}${end}`;
  });
}
