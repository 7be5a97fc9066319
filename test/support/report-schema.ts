// Checks a report against the JSON Schema that the project publishes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { checkoutDirectory } from './build-cache.ts';

/** Empty when the report is as the schema says. */
export function schemaErrors(report: unknown): readonly string[] {
  const schema = JSON.parse(readFileSync(join(checkoutDirectory(), 'docs/reference/report.schema.json'), 'utf8')) as object;
  const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
  const validate = ajv.compile(schema);
  return validate(report) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
}
