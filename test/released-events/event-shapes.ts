import ts from 'typescript';
import type { Field, Shape } from './shape.js';

/** Deeper than any payload; a type that refers to itself would never end. */
const DEPTH_MAX = 12;

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
  noEmit: true,
};

/** The compiler's view of a file, which may exist in memory only. */
export class EventTypes {
  private readonly checker: ts.TypeChecker;
  private readonly file: ts.SourceFile;

  constructor(path: string, text?: string) {
    const host = ts.createCompilerHost(OPTIONS);
    const { getSourceFile, fileExists, readFile } = host;
    if (text !== undefined) {
      const given = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
      host.getSourceFile = (name, ...rest) =>
        name === path ? given : getSourceFile(name, ...rest);
      host.fileExists = (name) => name === path || fileExists(name);
      host.readFile = (name) => (name === path ? text : readFile(name));
    }
    const program = ts.createProgram([path], OPTIONS, host);
    const file = program.getSourceFile(path);
    if (file === undefined) throw new Error(`${path} is not there`);
    this.file = file;
    this.checker = program.getTypeChecker();
  }

  /** The payload of every event of an exported union, by `Type.v1`. */
  payloadsOf(union: string): ReadonlyMap<string, Shape> {
    const type = this.exported(union);
    const events = type.isUnion() ? type.types : [type];
    return new Map(
      events.map((event) => {
        const [name, version] = ['type', 'schemaVersion'].map((field) =>
          this.fieldOf(event, field),
        ) as [ts.LiteralType, ts.LiteralType];
        const payload = this.shapeOf(this.fieldOf(event, 'payload'), 0);
        return [`${name.value}.v${version.value}`, payload];
      }),
    );
  }

  private exported(name: string): ts.Type {
    const module = this.checker.getSymbolAtLocation(this.file);
    const found = module?.exports?.get(name as ts.__String);
    if (found === undefined) throw new Error(`${name} is not exported`);
    return this.checker.getDeclaredTypeOfSymbol(found);
  }

  private fieldOf(type: ts.Type, name: string): ts.Type {
    const field = type.getProperty(name);
    if (field === undefined) throw new Error(`an event has no ${name}`);
    return this.checker.getTypeOfSymbol(field);
  }

  private shapeOf(type: ts.Type, depth: number): Shape {
    if (depth > DEPTH_MAX) throw new Error(`${this.checker.typeToString(type)} never ends`);
    const { flags } = type;
    if (flags & ts.TypeFlags.Boolean) return { kind: 'primitive', name: 'boolean' };
    if (flags & ts.TypeFlags.String) return { kind: 'primitive', name: 'string' };
    if (flags & ts.TypeFlags.Number) return { kind: 'primitive', name: 'number' };
    if (flags & ts.TypeFlags.Null) return { kind: 'exactly', value: null };
    if (type.isStringLiteral() || type.isNumberLiteral()) {
      return { kind: 'exactly', value: type.value };
    }
    if (flags & ts.TypeFlags.BooleanLiteral) {
      return { kind: 'exactly', value: this.checker.typeToString(type) === 'true' };
    }
    if (flags & ts.TypeFlags.TemplateLiteral) return textOf(type as ts.TemplateLiteralType);
    if (type.isUnion()) return this.unionOf(type, depth);
    return this.structureOf(type, depth);
  }

  /** What is undefined is not stored at all, and the field says that it is optional. */
  private unionOf({ types }: ts.UnionType, depth: number): Shape {
    const members = types
      .filter(({ flags }) => !(flags & ts.TypeFlags.Undefined))
      .map((one) => this.shapeOf(one, depth));
    const [only] = members;
    return only !== undefined && members.length === 1 ? only : { kind: 'any-of', members };
  }

  private structureOf(type: ts.Type, depth: number): Shape {
    const { checker } = this;
    if (checker.isArrayLikeType(type)) {
      const of = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
      if (of !== undefined) return { kind: 'list', of: this.shapeOf(of, depth + 1) };
    }
    const anyName = checker.getIndexTypeOfType(type, ts.IndexKind.String);
    if (anyName !== undefined) return { kind: 'record', of: this.shapeOf(anyName, depth + 1) };
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) {
      throw new Error(`${checker.typeToString(type)} cannot be stored as JSON`);
    }
    const fields = type.getProperties().map((property): [string, Field] => {
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const shape = this.shapeOf(checker.getTypeOfSymbol(property), depth + 1);
      return [property.name, { shape, isOptional }];
    });
    return { kind: 'object', fields: new Map(fields) };
  }
}

/** `wl_${string}`: fixed texts with anything in between. */
function textOf({ texts, types }: ts.TemplateLiteralType): Shape {
  if (types.some(({ flags }) => !(flags & ts.TypeFlags.String))) {
    throw new Error(`only \${string} may stand in a form of text: ${texts.join('…')}`);
  }
  const escaped = texts.map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`^${escaped.join('[^]*')}$`);
  const form = `\`${texts.join('$' + '{string}')}\``;
  return { kind: 'text', form, pattern };
}
