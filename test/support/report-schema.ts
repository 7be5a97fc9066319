// Checks what drift prints against the JSON Schemas that the project publishes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { checkoutDirectory } from './build-cache.ts';

let compiled: Ajv2020 | undefined;

function published(): Ajv2020 {
  if (compiled !== undefined) return compiled;
  const directory = join(checkoutDirectory(), 'docs/reference');
  const schemas = readdirSync(directory).filter((name) => name.endsWith('.schema.json')).map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as object);
  compiled = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, strictTypes: false, validateFormats: false });
  // Some refer to others.
  compiled.addSchema(schemas);
  return compiled;
}

/** Empty when the value is as the schema that its own `schema` names ('drift.report/1': urn:drift:report:1) says. */
export function schemaErrors(value: unknown): readonly string[] {
  const { schema } = value as { readonly schema?: unknown };
  const id = `urn:${String(schema).replaceAll(/[./]/g, ':')}`;
  const validate = published().getSchema(id);
  if (validate === undefined) return [`there is no schema ${id}`];
  return validate(value) === true ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}
