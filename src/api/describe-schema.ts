/** A JSON schema in words: what an error message says is allowed. */
export interface SchemaNode {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly format?: string;
  readonly pattern?: string;
}

export function describeSchema(node: SchemaNode | undefined): string {
  if (node === undefined) return 'a valid value';
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined)
    return `one of ${node.enum.map((v) => JSON.stringify(v)).join(', ')}`;
  if (node.anyOf !== undefined) return describeUnion(node.anyOf);
  if (node.type === 'number' || node.type === 'integer') return describeNumber(node);
  if (node.type === 'string') return describeString(node);
  if (node.type === 'array') {
    return `an array of ${range(node.minItems ?? 0, node.maxItems)} items`;
  }
  if (node.type === 'object') return 'an object';
  return node.type ?? 'a valid value';
}

function describeUnion(branches: readonly SchemaNode[]): string {
  const tags = branches.map((branch) => branch.properties?.['kind']?.const);
  if (tags.every((tag) => tag !== undefined)) {
    return `an object whose kind is one of ${tags.map((t) => JSON.stringify(t)).join(', ')}`;
  }
  return branches.map(describeSchema).join(' or ');
}

function describeNumber(node: SchemaNode): string {
  const noun = node.type === 'integer' ? 'an integer' : 'a number';
  const above = node.exclusiveMinimum;
  if (above !== undefined) {
    return node.maximum === undefined
      ? `${noun} above ${above}`
      : `${noun} above ${above}, up to ${node.maximum}`;
  }
  if (node.minimum === undefined && node.maximum === undefined) return noun;
  if (node.minimum === undefined) return `${noun} up to ${node.maximum}`;
  if (node.maximum === undefined) return `${noun} from ${node.minimum}`;
  return `${noun} from ${node.minimum} to ${node.maximum}`;
}

function describeString(node: SchemaNode): string {
  if (node.format === 'date-time') return 'an instant in RFC 3339, such as 2026-01-15T10:00:00Z';
  if (node.pattern !== undefined) return `a string that matches ${node.pattern}`;
  if (node.minLength === undefined && node.maxLength === undefined) return 'a string';
  return `a string of ${range(node.minLength ?? 0, node.maxLength)} characters`;
}

function range(low: number, high: number | undefined): string {
  if (high === undefined) return `at least ${low}`;
  return low === high ? `${low}` : `${low} to ${high}`;
}
