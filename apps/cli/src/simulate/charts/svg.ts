/** Colours that people tell apart who see red and green alike (Okabe and Ito). */
export const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'] as const;
export const INK = '#222222';
export const FAINT = '#d9d9d9';
const FONT = "font-family='system-ui, sans-serif'";

export type Attributes = Readonly<Record<string, string | number>>;

/** One element; numbers with at most one digit after the point, so that files are small and the same everywhere. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escaped(value)}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export function text(at: { x: number; y: number }, words: string, more: Attributes = {}): string {
  return element('text', { ...at, ...more }, escaped(words));
}

/** A whole drawing. The title is read out where a picture cannot be seen. */
export function drawing(
  size: { readonly width: number; readonly height: number },
  title: string,
  parts: readonly string[],
): string {
  const { width, height } = size;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" ${FONT} font-size="12" fill="${INK}">`,
    `<title>${escaped(title)}</title>`,
    element('rect', { width, height, fill: '#ffffff' }),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

export function colourOf(series: number): string {
  return COLOURS[series % COLOURS.length] as string;
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(words: string): string {
  return words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
