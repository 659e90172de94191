/** The service's own description of itself: what may be asked, and what it promises to answer. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Schema } from './values.js';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly schema: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

export interface Operation {
  readonly method: string;
  readonly template: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Schema;
  readonly responses: Readonly<Record<string, Content>>;
}

export interface ApiDocument {
  readonly components: Readonly<Record<string, Schema>>;
  readonly operations: readonly Operation[];
  /** What is wrong with an answer of this operation, in words; undefined when it is as described. */
  complaint(operation: Operation, answer: Answer): string | undefined;
}

export interface Answer {
  readonly status: number;
  /** Content type without its parameters; empty where there is no body. */
  readonly type: string;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

interface Raw {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
interface RawOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

export function apiDocument(raw: Raw): ApiDocument {
  const operations = Object.entries(raw.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => {
      const [body] = Object.values(requestBody?.content ?? {}).map((it) => it.schema);
      return {
        method: method.toUpperCase(),
        template,
        parameters,
        responses,
        ...(body === undefined ? {} : { body }),
      };
    }),
  );
  return { components: raw.components.schemas, operations, complaint: complaints(raw) };
}

function complaints(raw: Raw): ApiDocument['complaint'] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'doc', components: closed(raw.components) as object });
  const compiled = new Map<string, ValidateFunction>();

  return ({ method, template, responses }, { status, type, body }) => {
    const response = responses[status];
    if (response === undefined) return `status ${status} is not documented`;
    const { content } = response;
    if (content !== undefined && type !== '' && !(type in content)) {
      return `${status} is ${type}, not ${Object.keys(content).join(' or ')}`;
    }
    const [schema] = Object.values(content ?? {}).map((it) => it.schema);
    if (schema === undefined || body === undefined) return undefined;
    const key = `${method} ${template} ${status}`;
    const validate =
      compiled.get(key) ??
      ajv.compile(
        JSON.parse(JSON.stringify(closed(schema)).replaceAll('"#/components', '"doc#/components')),
      );
    compiled.set(key, validate);
    if (validate(body) === true) return undefined;
    const [error] = validate.errors ?? [];
    const { additionalProperty = '' } = (error?.params ?? {}) as { additionalProperty?: string };
    const what = `${error?.instancePath} ${error?.message} ${additionalProperty}`;
    return `${status} is not as described: ${what}`;
  };
}

/** A field that the document does not know is drift too: objects hold what is described, and no more. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, it]) => [key, closed(it)]));
  if (!('properties' in inner) || 'additionalProperties' in inner || 'allOf' in inner) return inner;
  return { ...inner, additionalProperties: false };
}
