import { describe, expect, it } from 'vitest';
import { isAsExpected } from './experiment.js';
import { experiments } from './experiments.js';

const results = new Map(experiments.map(({ name, run }) => [name, run()]));
const findings = [...results].flatMap(([name, { panels }]) =>
  panels.flatMap((panel) =>
    panel.findings.map((finding) => [`${name}, ${panel.name}: ${finding.label}`, finding] as const),
  ),
);
const found = (of: string): number => {
  const finding = findings.find(([name]) => name === of);
  if (finding === undefined) throw new Error(`there is no ${of}`);
  return finding[1].value;
};

describe('an experiment', () => {
  it.each(findings.filter(([, { expected }]) => expected !== null))(
    'lands where its source says: %s',
    (_, finding) => {
      expect(finding.expected?.source.length).toBeGreaterThan(10);
      expect(isAsExpected(finding), JSON.stringify(finding)).toBe(true);
    },
  );

  it('calls what nobody measured an assumption', () => {
    for (const { assumptions } of results.values()) {
      expect(assumptions.length).toBeGreaterThan(0);
      for (const { kind } of assumptions) expect(kind).toBe('proposed');
    }
  });

  it('gives the same every time', () => {
    expect(experiments[0]?.run()).toEqual(results.get('process-start'));
  });
});

describe('the model', () => {
  it('packs fewer of what has a stronger wall, and fewer without shared pages', () => {
    for (const base of ['nano', 'core']) {
      const at = (label: string) => found(`density, ${base}: ${label}`);
      expect(at('silos')).toBeGreaterThan(at('utility VMs'));
      expect(at('utility VMs')).toBeGreaterThan(at('without shared pages'));
      expect(at('without shared pages')).toBeGreaterThan(at('full VMs'));
    }
  });

  it('starts a utility VM faster the more of it is there already', () => {
    const at = (label: string) => found(`utility-vm-start, start: ${label}`);
    expect(at('core, first on the host')).toBeGreaterThan(at('core, warm'));
    expect(at('nano, warm')).toBeGreaterThan(at('nano, cloned'));
    expect(at('nano, cloned')).toBeGreaterThan(at('nano, claimed'));
  });

  it('makes a mix dearer and its tenants safer the more of them are hostile', () => {
    const at = (panel: string, percent: number) =>
      found(`wall-cost, ${panel}: ${percent} % hostile`);
    for (const panel of ['memory', 'start']) {
      expect(at(panel, 50)).toBeGreaterThan(at(panel, 0));
      expect(at(panel, 100)).toBeGreaterThan(at(panel, 50));
    }
    expect(at('exposure', 0)).toBeGreaterThan(at('exposure', 50));
    expect(at('exposure', 100)).toBe(0);
  });
});
