import type { HostCondition } from './state.js';

/**
 * What may follow a report: its event, or `nothing` where it says nothing new. `known-boot`: the host
 * answers, with the boot that the log has. `new-boot`: it answers with another one. `silence`: it has not
 * answered for too long.
 */
export interface ReportAnswers {
  readonly 'known-boot': 'HostRecovered' | 'nothing';
  readonly 'new-boot': 'HostBooted' | 'nothing';
  readonly silence: 'HostLost' | 'nothing';
}

/**
 * What each report makes of a host in each condition. A known boot recovers a lost host; a new one starts a
 * new kernel. A fenced host that still answers with its old boot stays fenced: its operator said that it was
 * off, and what ran there was placed anew.
 */
export const hostReportTable: {
  readonly [R in keyof ReportAnswers]: Readonly<Record<HostCondition, ReportAnswers[R]>>;
} = {
  'known-boot': {
    registered: 'nothing',
    up: 'nothing',
    lost: 'HostRecovered',
    fenced: 'nothing',
    retired: 'nothing',
  },
  'new-boot': {
    registered: 'HostBooted',
    up: 'HostBooted',
    lost: 'HostBooted',
    fenced: 'HostBooted',
    retired: 'nothing',
  },
  silence: {
    registered: 'nothing',
    up: 'HostLost',
    lost: 'nothing',
    fenced: 'nothing',
    retired: 'nothing',
  },
};
