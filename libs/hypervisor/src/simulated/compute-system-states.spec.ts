import { describe, expect, it } from 'vitest';
import type { ComputeSystemState } from '../driver.js';
import { stateAfter, TRANSITIONS, type Transition } from './compute-system-states.js';

const states = Object.keys(TRANSITIONS) as ComputeSystemState[];
const all: Transition[] = ['create', 'start', 'run', 'fail', 'end', 'release', 'reboot'];
const allowedIn = (state: ComputeSystemState) =>
  all.filter((each) => stateAfter(state, each) !== null);

describe('the states of a compute system', () => {
  it('allows exactly these transitions', () => {
    expect(Object.fromEntries(states.map((state) => [state, allowedIn(state)]))).toEqual({
      absent: ['create', 'release'],
      created: ['start', 'end', 'release', 'reboot'],
      starting: ['run', 'fail', 'end', 'reboot'],
      running: ['end', 'reboot'],
      'start-failed': ['release', 'reboot'],
      exited: ['release', 'reboot'],
      spent: ['release', 'reboot'],
    });
  });

  it('never leads away from a spent id', () => {
    expect(allowedIn('spent').map((each) => stateAfter('spent', each))).toEqual(['spent', 'spent']);
  });

  it('starts an id once: no way leads back to created or starting', () => {
    const waysTo = (wanted: ComputeSystemState) =>
      states.flatMap((state) => all.filter((each) => stateAfter(state, each) === wanted));
    expect(waysTo('created')).toEqual(['create']);
    expect(waysTo('starting')).toEqual(['start']);
  });
});
