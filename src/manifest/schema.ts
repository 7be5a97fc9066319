// The JSON Schema (draft 2020-12) of a manifest, made from the shapes that the parser runs, so that an editor and drift cannot disagree.
import type * as v from 'valibot';
import { isArrayShape, isObjectShape } from './check-shape.ts';
import { CHANNELS } from '../model/channel.ts';
import { CHANNEL_NAMES, channelMapShape, channelTextShape, listenerShape, MAX_CHANNEL_NAME, MAX_WATCH_PATH, sshShape, WATCH_PATH, watchMapShape, watchTextShape } from './ordinary-shapes.ts';
import { MAX_NAME, NAME_PATTERNS } from './package-name.ts';
import { whenShape } from './shape-parts.ts';
import { allowShape, headShapes, packageMapShape, packageTextShape, policyShape, repositoryShape, sweepShape } from './shapes.ts';

export type JsonSchema = { readonly [key: string]: unknown };

/** What it cannot say is listed in docs/reference/manifest.md, "What the schema does not check". */
export function manifestSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'drift manifest',
    type: 'object',
    required: ['drift'],
    additionalProperties: false,
    properties: {
      drift: convert(headShapes.drift),
      name: convert(headShapes.name),
      include: convert(headShapes.include),
      when: convert(whenShape),
      packages: {
        type: 'object',
        description: 'Package names and what is wanted of them. Without this section packages are not compared.',
        minProperties: 1,
        propertyNames: { pattern: NAME_PATTERNS.any, maxLength: MAX_NAME },
        additionalProperties: { anyOf: [convert(packageTextShape), convert(packageMapShape)] },
      },
      repositories: {
        type: 'object',
        description: 'Where packages may come from. Without this section repositories are not compared.',
        minProperties: 1,
        propertyNames: { pattern: '\\S', maxLength: MAX_NAME },
        additionalProperties: convert(repositoryShape),
      },
      channels: {
        type: 'object',
        description: 'Software of other channels, by channel. Without this section it is not compared.',
        minProperties: 1,
        additionalProperties: false,
        properties: Object.fromEntries(CHANNELS.map((channel) => [channel, {
          type: 'object',
          propertyNames: { pattern: CHANNEL_NAMES[channel], maxLength: MAX_CHANNEL_NAME },
          additionalProperties: { anyOf: [convert(channelTextShape), convert(channelMapShape)] },
        }])),
      },
      allow: { type: 'array', description: 'Unowned files that stay, each with a reason.', items: convert(allowShape) },
      listeners: { type: 'array', description: 'What may listen, and who confirmed it.', items: convert(listenerShape) },
      watch: {
        type: 'object',
        description: 'Paths that must be as they are said to be.',
        minProperties: 1,
        propertyNames: { pattern: WATCH_PATH, maxLength: MAX_WATCH_PATH },
        additionalProperties: { anyOf: [convert(watchTextShape), convert(watchMapShape)] },
      },
      ssh: convert(sshShape),
      policy: convert(policyShape),
      sweep: convert(sweepShape),
    },
  };
}

type Shape = v.GenericSchema;
interface Action {
  readonly kind: string;
  readonly type: string;
  readonly requirement?: unknown;
  readonly description?: string;
  readonly metadata?: { readonly jsonSchema?: JsonSchema };
}

function convert(shape: Shape): JsonSchema {
  let schema = base(shape);
  if ('pipe' in shape) {
    for (const action of (shape.pipe as readonly (Shape | Action)[]).slice(1)) {
      // A pipe may begin with a pipe, whose own actions `base` has handled.
      const added = fromAction(action as Action, schema['type'] === 'array');
      // Two patterns on one text stand side by side.
      schema = 'pattern' in schema && 'pattern' in added ? { allOf: [schema, added] } : { ...schema, ...added };
    }
  }
  return schema;
}

function base(shape: Shape): JsonSchema {
  const [inner] = 'pipe' in shape ? (shape.pipe as readonly Shape[]) : [];
  if (inner !== undefined && 'pipe' in inner) return convert(inner);
  if ('wrapped' in shape) return convert(shape.wrapped as Shape);
  if (isObjectShape(shape)) {
    const entries = Object.entries(shape.entries);
    const required = entries.filter(([, entry]) => entry.type !== 'exact_optional').map(([key]) => key);
    return {
      type: 'object',
      properties: Object.fromEntries(entries.map(([key, entry]) => [key, convert(entry)])),
      additionalProperties: false,
      ...(required.length > 0 ? { required } : {}),
    };
  }
  if (isArrayShape(shape)) return { type: 'array', items: convert(shape.item) };
  switch (shape.type) {
    case 'string': case 'boolean': case 'number': return { type: shape.type };
    case 'literal': return { const: (shape as unknown as { literal: unknown }).literal };
    case 'picklist': return { enum: (shape as unknown as { options: readonly string[] }).options };
    case 'union': return { anyOf: (shape as unknown as { options: readonly Shape[] }).options.map((option) => convert(option)) };
    default: throw new Error(`the JSON Schema has no form for ${shape.type}`);
  }
}

function fromAction(action: Action, list: boolean): JsonSchema {
  switch (action.type) {
    case 'regex': return { pattern: (action.requirement as RegExp).source };
    case 'max_length': return { [list ? 'maxItems' : 'maxLength']: action.requirement };
    case 'min_length': return { [list ? 'minItems' : 'minLength']: action.requirement };
    case 'integer': return { type: 'integer' };
    case 'min_value': return { minimum: action.requirement };
    case 'max_value': return { maximum: action.requirement };
    case 'description': return { description: action.description };
    case 'metadata': return action.metadata?.jsonSchema ?? {};
    // Said by metadata beside it, or by nothing that JSON Schema has.
    case 'check': case 'partial_check': return {};
    default: throw new Error(`the JSON Schema has no form for ${action.type}`);
  }
}
