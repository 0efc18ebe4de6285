import { counted } from './counted.js';
import { shownReasons } from './shown-reasons.js';
import type { Colors } from './terminal.js';

interface ShownDecision {
  readonly refusal: { readonly code: string; readonly strict: boolean } | null;
  readonly isolation: string | null;
  readonly boundary: string;
  readonly rules: readonly {
    readonly id: string;
    readonly text: string;
    readonly effect: string;
    readonly outcome: string;
    readonly because: string | null;
  }[];
  readonly warnings: readonly { readonly code: string; readonly because: string }[];
  readonly policyVersion: number;
}

interface ShownWall {
  readonly isolation: string;
  readonly able: {
    readonly count: number;
    readonly hosts: readonly {
      readonly hostId: string;
      readonly kernelFirst: boolean;
      readonly points: number;
      readonly preferences: Readonly<Record<string, number>>;
    }[];
  };
  readonly turnedDown: readonly {
    readonly cause: string;
    readonly count: number;
    readonly hosts: readonly { readonly hostId: string; readonly detail: string }[];
  }[];
}

/** An explanation as the api gives it, as far as it is printed for a person. */
export interface ShownExplanation extends ShownDecision {
  readonly tenant: string;
  readonly image: string;
  /** Absent from an api that does not tell it yet. */
  readonly turnedAway?: { readonly code: string; readonly detail: string } | null;
  readonly placement: {
    readonly position: number;
    readonly outcome: string;
    readonly waits: { readonly cause: string; readonly detail: string } | null;
    readonly chosen: {
      readonly hostId: string;
      readonly claimsKernel: boolean;
      readonly reserved: { readonly cpuMillis: number; readonly memoryMiB: number };
      readonly decision: ShownDecision;
    } | null;
    readonly walls: readonly ShownWall[];
  } | null;
}

/** Hosts of one cause that are shown to a person; with `--json` there are more. */
const HOSTS_SHOWN = 3;

const OUTCOMES: Readonly<Record<string, string>> = {
  fired: 'fired',
  silenced: 'off by policy',
  'did-not-fire': '-',
  'decided-at-placement': 'at placement',
  off: 'off by policy',
};

/** An explanation for a person: the answer, then one rule a row, then the hosts where they are told. */
export function explanationLines(explained: ShownExplanation, colors: Colors): string[] {
  const { tenant, image, placement } = explained;
  return [
    ...turnedAwayLines(explained, colors),
    answerLine(explained, colors),
    `  tenant     ${tenant} (boundary ${explained.boundary})`,
    `  image      ${image}`,
    `  policy     ${explained.policyVersion}`,
    ...explained.warnings.map(({ code, because }) => `  warning    ${code}: ${because}`),
    '',
    ...ruleLines(explained, colors),
    ...(placement === null ? [] : ['', ...placementLines(placement, colors)]),
  ];
}

/** Stands before all else: neither rules nor hosts would be asked. */
function turnedAwayLines({ turnedAway }: ShownExplanation, colors: Colors): string[] {
  if (turnedAway == null) return [];
  const { code, detail } = turnedAway;
  return [colors.bold(colors.red(`would be turned away: ${code}`)), `  ${detail}`, 'otherwise'];
}

function answerLine({ refusal, isolation }: ShownDecision, colors: Colors): string {
  if (refusal !== null) {
    const why = refusal.strict ? ', because it is strict' : '';
    return colors.bold(colors.red(`would be refused: ${refusal.code}${why}`));
  }
  const later = isolation === 'process' ? ', which the placement may raise' : '';
  return colors.bold(`would be accepted, with isolation ${isolation}${later}`);
}

function ruleLines({ rules }: ShownDecision, colors: Colors): string[] {
  const width = Math.max(...rules.map(({ id }) => id.length));
  const most = Math.max(...Object.values(OUTCOMES).map(({ length }) => length));
  return rules.map(({ id, text, effect, outcome, because }) => {
    const said = (OUTCOMES[outcome] ?? outcome).padEnd(most);
    const paint =
      outcome === 'fired' ? (effect === 'refuse' ? colors.red : colors.yellow) : colors.dim;
    return `${id.padEnd(width)}  ${paint(said)}  ${because ?? colors.dim(text)}`;
  });
}

type ShownPlacement = NonNullable<ShownExplanation['placement']>;

function placementLines(placement: ShownPlacement, colors: Colors): string[] {
  const { position, chosen, walls } = placement;
  const heading = headingOf(placement);
  return [
    colors.bold(heading),
    `  as of position ${position}, were it the next in line`,
    ...(chosen === null
      ? []
      : [
          `  takes ${chosen.reserved.cpuMillis} cpuMillis and ${chosen.reserved.memoryMiB} MiB there`,
        ]),
    ...(chosen === null ? [] : atHostLines(chosen.decision)),
    ...walls.flatMap((wall) => ['', ...wallLines(wall, chosenBehind(wall, chosen), colors)]),
  ];
}

/** What holds at the host: rules that fired, those that policy keeps from it, and what is warned of. */
function atHostLines({ rules, warnings }: ShownDecision): string[] {
  const told = rules.map((rule) => ({ ...rule, rule: rule.id }));
  const fired = shownReasons(told.filter(({ outcome }) => outcome === 'fired'));
  const silenced = told.filter(({ outcome }) => outcome === 'silenced');
  return [
    ...fired.map(({ id, because }) => `  ${id}: ${because}`),
    ...silenced.map(({ id, because }) => `  off by policy: ${id}: ${because}`),
    ...warnings.map(({ code, because }) => `  warning: ${code}: ${because}`),
  ];
}

function headingOf({ outcome, waits, chosen }: ShownPlacement): string {
  if (chosen !== null) {
    const claims = chosen.claimsKernel ? ', claiming its kernel' : '';
    return `would go to ${chosen.hostId} with isolation ${chosen.decision.isolation}${claims}`;
  }
  if (outcome === 'reject') return 'no host could ever take it';
  return waits === null
    ? 'a claim of a kernel is on its way, and decides'
    : `would wait: ${waits.cause}: ${waits.detail}`;
}

/** The host that was chosen behind this wall, and not behind another one. */
function chosenBehind({ isolation }: ShownWall, chosen: ShownPlacement['chosen']): string | null {
  return chosen?.decision.isolation === isolation ? chosen.hostId : null;
}

function wallLines(
  { isolation, able, turnedDown }: ShownWall,
  chosen: string | null,
  colors: Colors,
) {
  const hosts = able.hosts.map(({ hostId, kernelFirst, points, preferences }) => {
    const each = Object.entries(preferences).map(([id, some]) => `${id} ${some.toFixed(1)}`);
    const mark = hostId === chosen ? colors.green('*') : ' ';
    const first = kernelFirst ? 'kernel first, ' : '';
    return `  ${mark} ${hostId}  ${first}${points.toFixed(1)} points (${each.join(', ')})`;
  });
  const causes = turnedDown.flatMap(({ cause, count, hosts: named }) => [
    `  ${cause}  ${counted(count, 'host')}`,
    ...named.slice(0, HOSTS_SHOWN).map(({ hostId, detail }) => `      ${hostId}  ${detail}`),
    ...(count > HOSTS_SHOWN ? [`      and ${count - HOSTS_SHOWN} more`] : []),
  ]);
  return [
    colors.bold(`${isolation}: ${counted(able.count, 'host')} could take it now`),
    ...hosts,
    ...causes,
  ];
}
