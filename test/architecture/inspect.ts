import ts from 'typescript';
import { SOURCE_RULES } from './source-rules.js';
import type { SourceFile } from './source-tree.js';

export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** Everything that the rules object to in one file, in the order of its lines. */
export function inspect(file: SourceFile): readonly Finding[] {
  const rules = SOURCE_RULES.filter((rule) => rule.governs(file.path));
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true);
  const findings: Finding[] = [];
  const visit = (node: ts.Node): void => {
    for (const rule of rules) {
      const what = rule.judge(node);
      if (what === null) continue;
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      findings.push({ rule: rule.name, path: file.path, line, what });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
}
