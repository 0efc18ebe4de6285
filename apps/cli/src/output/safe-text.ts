const REPLACEMENT = '\uFFFD';

/** All but tab, line feed and carriage return: escape sequences of terminals begin with one of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** What would end a line, move within it, or show it in another order than it was written. */
const LINE_BREAKERS = /[\t\n\r\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text of lines as a terminal may show it: nothing in it moves the cursor or changes colours. */
export function safeLines(text: string): string {
  return text.replaceAll(CONTROLS, REPLACEMENT);
}

/** A name or a sentence of somebody else as a terminal may show it: it stays within its place in a line. */
export function safeWords(text: string): string {
  return safeLines(text).replaceAll(LINE_BREAKERS, REPLACEMENT);
}

/** A value with every text in it, names of fields too, made safe; its depth is that of JSON that was read. */
export function safeValue<Value>(value: Value): Value {
  return safe(value) as Value;
}

function safe(value: unknown): unknown {
  if (typeof value === 'string') return safeWords(value);
  if (Array.isArray(value)) return value.map(safe);
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [safeWords(name), safe(field)]),
  );
}

/** Instances of classes are made here, of nobody else's text. */
function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
