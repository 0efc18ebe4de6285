/** What a value may be, as far as its stored JSON tells. */
export type Shape =
  | { readonly kind: 'exactly'; readonly value: string | number | boolean | null }
  | { readonly kind: 'primitive'; readonly name: 'string' | 'number' | 'boolean' }
  /** Text of a form, such as `wl_${string}`. */
  | { readonly kind: 'text'; readonly form: string; readonly pattern: RegExp }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'record'; readonly of: Shape }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Field> }
  | { readonly kind: 'any-of'; readonly members: readonly Shape[] };

export interface Field {
  readonly shape: Shape;
  readonly isOptional: boolean;
}

/** One line that is the same for the same shape and another one for every other. */
export function printed(shape: Shape): string {
  switch (shape.kind) {
    case 'exactly':
      return JSON.stringify(shape.value);
    case 'primitive':
      return shape.name;
    case 'text':
      return shape.form;
    case 'list':
      return `(${printed(shape.of)})[]`;
    case 'record':
      return `{ [name]: ${printed(shape.of)} }`;
    case 'object': {
      const fields = [...shape.fields].sort(([a], [b]) => (a < b ? -1 : 1));
      const texts = fields.map(([name, { shape: of, isOptional }]) => {
        return `${name}${isOptional ? '?' : ''}: ${printed(of)}`;
      });
      return texts.length === 0 ? '{}' : `{ ${texts.join('; ')} }`;
    }
    case 'any-of':
      return [...new Set(shape.members.map(printed))].sort().join(' | ');
  }
}

/** Where a stored value is not of a shape; fields that the shape does not have count too. */
export function misfits(value: unknown, shape: Shape, path = 'payload'): string[] {
  switch (shape.kind) {
    case 'exactly':
      return value === shape.value ? [] : [`${path} is not ${printed(shape)}`];
    case 'primitive':
      return typeof value === shape.name ? [] : [`${path} is no ${shape.name}`];
    case 'text':
      return typeof value === 'string' && shape.pattern.test(value)
        ? []
        : [`${path} is not ${shape.form}`];
    case 'list':
      if (!Array.isArray(value)) return [`${path} is no list`];
      return value.flatMap((one, at) => misfits(one, shape.of, `${path}[${at}]`));
    case 'record':
      if (!isObject(value)) return [`${path} is no object`];
      return Object.entries(value).flatMap(([name, one]) =>
        misfits(one, shape.of, `${path}.${name}`),
      );
    case 'object':
      return isObject(value) ? fieldMisfits(value, shape.fields, path) : [`${path} is no object`];
    case 'any-of':
      return shape.members.some((member) => misfits(value, member, path).length === 0)
        ? []
        : [`${path} is none of ${printed(shape)}`];
  }
}

function fieldMisfits(
  value: Readonly<Record<string, unknown>>,
  fields: ReadonlyMap<string, Field>,
  path: string,
): string[] {
  const unknown = Object.keys(value).filter((name) => !fields.has(name));
  return [
    ...unknown.map((name) => `${path}.${name} is not in the type`),
    ...[...fields].flatMap(([name, { shape, isOptional }]) => {
      if (value[name] !== undefined) return misfits(value[name], shape, `${path}.${name}`);
      return isOptional ? [] : [`${path}.${name} is missing`];
    }),
  ];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
