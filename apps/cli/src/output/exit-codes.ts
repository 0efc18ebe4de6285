/** What the command line tells its caller by its exit code; `--help` shows the texts. */
export const EXIT = {
  done: 0,
  notGood: 1,
  usage: 2,
  refused: 3,
  unavailable: 4,
  didNotSucceed: 5,
  unwritable: 6,
  interrupted: 130,
} as const;

export const EXIT_TEXTS = [
  '0  done',
  '1  an import did not end well: the check found violations, or not every job reached its end;\n     the log is not verified, or a proof is wrong; a decision does not follow from its grounds;\n     an experiment is not as expected',
  '2  wrong usage: options, credentials or a file that cannot be read, or --yes is missing',
  '3  the api refused the request, or a workload was refused by the rules',
  '4  the api cannot be reached, or answered "not now", for longer than --give-up-after;\n     --wait-seconds are over',
  '5  submit --wait, watch: it did not succeed (failed, timed out or cancelled)',
  '6  the answer or a file could not be written, for example because the disk is full',
  '130  interrupted by Ctrl-C',
] as const;
