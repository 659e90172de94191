/** Schemas as Fastify's validators: a wrong field comes back with its pointer and what is allowed. */
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import { describeSchema, type SchemaNode } from './describe-schema.js';
import { type FieldError, Problem } from './problem.js';

interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
}

/** TypeBox stops at 8 by default: too few to tell which branch of a union was meant. */
Settings.Set({ maxErrors: 500 });

/** At most this many errors in one answer. */
const ERRORS_MAX = 50;

/** Schemas are constants: each is compiled once a process, however many servers it has. */
const VALIDATORS = new WeakMap<TSchema, Validator>();

function validatorOf(schema: TSchema): Validator {
  const validator = VALIDATORS.get(schema) ?? Compile(schema);
  VALIDATORS.set(schema, validator);
  return validator;
}

export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = validatorOf(schema);
  return (value: unknown) => {
    const converted = httpPart === 'body' ? value : Value.Convert(schema, value);
    if (validator.Check(converted)) return { value: converted };
    const errors = fieldErrors(schema as SchemaNode, validator.Errors(converted), httpPart);
    const kind = httpPart === 'body' ? 'invalid' : 'bad-request';
    const [first] = errors;
    const detail = first === undefined ? 'invalid' : `${first.pointer || 'body'}: ${first.detail}`;
    return { error: new Problem(kind, { detail, errors }) };
  };
};

function fieldErrors(
  root: SchemaNode,
  errors: readonly SchemaError[],
  httpPart: string | undefined,
): FieldError[] {
  const found = new Map<string, FieldError>();
  for (const error of errors) {
    if (isOfRefusedBranch(error, errors)) continue;
    for (const field of fieldsOf(root, error)) {
      const pointer = httpPart === 'body' ? field.pointer : field.pointer.replace(/^\//, '');
      if (!found.has(pointer)) found.set(pointer, { ...field, pointer });
    }
  }
  return [...found.values()].slice(0, ERRORS_MAX);
}

function fieldsOf(root: SchemaNode, error: SchemaError): FieldError[] {
  const { keyword, params, instancePath } = error;
  if (keyword === 'required' && 'requiredProperties' in params) {
    const missing = params.requiredProperties as readonly string[];
    const schema = nodeAt(root, error.schemaPath);
    return missing.map((name) => ({
      pointer: `${instancePath}/${escaped(name)}`,
      detail: `is missing; expected ${describeSchema(schema?.properties?.[name])}`,
    }));
  }
  if (keyword === 'additionalProperties' && 'additionalProperties' in params) {
    const unknown = params.additionalProperties as readonly string[];
    return unknown.map((name) => ({
      pointer: `${instancePath}/${escaped(name)}`,
      detail: 'is not a known field',
    }));
  }
  if (keyword === 'boolean') return [];
  const detail = `must be ${describeSchema(nodeAt(root, error.schemaPath))}`;
  return [{ pointer: instancePath, detail }];
}

/**
 * Inside a union every branch complains. Where a branch matches by its `kind` or `type`, only its
 * complaints are useful; where none does, only the union's own one is.
 */
function isOfRefusedBranch(error: SchemaError, errors: readonly SchemaError[]): boolean {
  const unions = errors.filter(
    (other) =>
      other.keyword === 'anyOf' && error.schemaPath.startsWith(`${other.schemaPath}/anyOf/`),
  );
  const inner = unions.some((union) => {
    const branch = branchOf(error, union);
    return errors.some((other) => isBranchRefusal(other, union, branch));
  });
  if (inner) return true;
  if (error.keyword !== 'anyOf') return false;
  return errors.some(
    (other) =>
      other.instancePath.startsWith(`${error.instancePath}/`) &&
      other.schemaPath.startsWith(`${error.schemaPath}/anyOf/`) &&
      !errors.some((e) => isBranchRefusal(e, error, branchOf(other, error))),
  );
}

/** True when this error says that the value is not meant for the branch: wrong type or wrong tag. */
function isBranchRefusal(error: SchemaError, union: SchemaError, branch: string): boolean {
  const branchPath = `${union.schemaPath}/anyOf/${branch}`;
  if (error.keyword === 'const') {
    return (
      error.schemaPath.startsWith(`${branchPath}/properties/`) &&
      error.instancePath.split('/').length === union.instancePath.split('/').length + 1
    );
  }
  return error.schemaPath === branchPath && error.instancePath === union.instancePath;
}

function branchOf(error: SchemaError, union: SchemaError): string {
  return error.schemaPath.slice(`${union.schemaPath}/anyOf/`.length).split('/')[0] ?? '';
}

function nodeAt(root: SchemaNode, schemaPath: string): SchemaNode | undefined {
  let node: unknown = root;
  for (const part of schemaPath.split('/').slice(1)) {
    if (typeof node !== 'object' || node === null) return undefined;
    node = (node as Record<string, unknown>)[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return typeof node === 'object' && node !== null ? (node as SchemaNode) : undefined;
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
