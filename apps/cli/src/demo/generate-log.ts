/** What the demo's log holds. */
const USERS = [
  { user: 1, group: 2 },
  { user: 2, group: 2 },
  { user: 3, group: 2 },
  { user: 4, group: 1 },
  { user: 5, group: 1 },
  { user: 6, group: 1 },
  { user: 7, group: 1 },
  { user: 8, group: 1 },
] as const;
const PROCESSORS = [1, 1, 1, 2, 2, 4, 8, 16] as const;
const APPLICATIONS = 24;
const MAX_GAP_SECONDS = 30;
const RUN_SECONDS = { least: 20, most: 900 } as const;

/** A small job log in the Standard Workload Format: the same seed gives the same text. */
export function generateLog(jobs: number, seed: number): string {
  const random = randomFrom(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const lines = [
    '; Version: 2.2',
    '; Computer: none; Bulkhead made this log for its demo',
    `; MaxJobs: ${jobs}`,
    '; Note: group 2 is the personnel, group 1 is everybody else',
  ];
  let submitSeconds = 0;
  for (let number = 1; number <= jobs; number += 1) {
    const { user, group } = USERS[below(USERS.length)] ?? USERS[0];
    const processors = PROCESSORS[below(PROCESSORS.length)] ?? 1;
    const runSeconds = RUN_SECONDS.least + below(RUN_SECONDS.most - RUN_SECONDS.least);
    const application = 1 + below(APPLICATIONS);
    lines.push(
      `${number} ${submitSeconds} -1 ${runSeconds} ${processors} -1 -1 ${processors} -1 -1 1 ${user} ${group} ${application} -1 -1 -1 -1`,
    );
    submitSeconds += below(MAX_GAP_SECONDS);
  }
  return `${lines.join('\n')}\n`;
}

/** The generator mulberry32: small, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
