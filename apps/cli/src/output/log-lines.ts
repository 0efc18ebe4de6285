import type { ProvedEntry } from '../log/prove-position.js';
import type { KeptAgreement, LogVerification } from '../log/verification.js';
import { counted } from './counted.js';
import type { Colors } from './terminal.js';

/** What a recomputation found, for a person. */
export function verificationLines(verification: LogVerification, colors: Colors): string[] {
  const { verified, size, rootHash, signedSize, signedBy, origin, kept } = verification;
  const { unsignedEntries: unsigned, firstUnsignedPosition } = verification;
  if (!verified) return faultLines(verification, colors);
  return [
    `${colors.green('verified')}  ${counted(size, 'entry', 'entries')}, root hash ${rootHash}`,
    `  signed    ${signedSize} of them by ${signedBy}`,
    ...(unsigned > 0
      ? [
          `  unsigned  ${unsigned} newer, from position ${firstUnsignedPosition} on, in order; no tree head covers them`,
        ]
      : []),
    ...kept.map((agreement) => `  kept      ${agreementText(agreement, origin)}`),
  ];
}

function agreementText({ file, origin, heads }: KeptAgreement, present: string | null): string {
  const agree = counted(heads, 'tree head agrees', 'tree heads agree');
  const name = origin === present ? '' : ` under its earlier name ${origin}`;
  return `${agree}${name} (${file})`;
}

function faultLines(
  { firstBadPosition: first, lastBadPosition: last, kind, problem }: LogVerification,
  colors: Colors,
): string[] {
  const title = colors.red('NOT VERIFIED');
  if (first === null || last === null) return [title, `  ${problem} (${kind})`];
  // What is cut off is gone from its first position on, whatever the next head covers.
  const where =
    first === last || kind === 'truncated'
      ? `first bad position ${first}`
      : `first bad position between ${first} and ${last}`;
  const before =
    first === 1
      ? 'no smaller one was there to compare'
      : `the one of size ${first - 1} still agrees`;
  const between =
    kind === 'root-differs' ? [`  The head of size ${last} disagrees; ${before}.`] : [];
  const closer =
    first === last || kind === 'truncated'
      ? []
      : [
          '  More kept heads say more closely where: --from tree-heads.ndjson, as workers write it and you keep it.',
        ];
  return [`${title}  ${where}`, `  ${problem} (${kind})`, ...between, ...closer];
}

/** A proved entry, for a person. */
export function provedLines(proved: ProvedEntry, colors: Colors): string[] {
  const { verified, position, treeSize, origin, entry, hashes, leafHash, problem } = proved;
  if (!verified || entry === null) return [colors.red('NOT PROVED'), `  ${problem}`];
  return [
    `${colors.green('proved')}  position ${position} is in the log of ${treeSize} that ${origin} signed`,
    `  event     ${entry['type']} of ${entry['stream']}, version ${entry['version']}, ${entry['eventId']}`,
    `  recorded  ${entry['recordedAt']}`,
    `  leaf      ${leafHash}`,
    `  proof     ${counted(hashes.length, 'hash', 'hashes')}`,
  ];
}
