const VERIFIER_KEY = /^[^\s+]+\+[0-9a-f]{8}\+\S+$/;

/**
 * Why a text cannot be a signed tree head as it was given out, in words that say what happened to it;
 * null where it has the outer form of one. Line ends and empty lines belong to what is signed, so they
 * are named and not repaired.
 */
export function whyNoTreeHead(text: string): string | null {
  if (text.trim() === '') return 'it is empty';
  const lines = text.split('\n');
  const first = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('#'));
  if (VERIFIER_KEY.test(lines[first]?.trim() ?? '')) {
    return `line ${first + 1}: it is a verifier key, not a tree head`;
  }
  if (text.startsWith('\ufeff')) return 'line 1: it begins with a byte order mark';
  if (lines[0]?.trim() === '') return 'line 1: it is empty, where the name of the log should stand';
  const carriage = lines.findIndex((line) => line.endsWith('\r'));
  if (carriage >= 0) {
    return `line ${carriage + 1}: it ends with CR LF, but what was signed has LF only; keep tree heads byte for byte`;
  }
  if (text.endsWith('\n\n')) {
    return `line ${lines.length - 1}: it is empty, where a signature should stand`;
  }
  if (!text.endsWith('\n')) return `line ${lines.length}: its end is missing, the file was cut off`;
  if (!text.includes('\n\n')) {
    return `line ${lines.length - 1}: the file ends here, without an empty line and a signature`;
  }
  return null;
}
