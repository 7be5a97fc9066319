// What the commands say of themselves, from where --help has it: for manual pages and completions.
import { COMMANDS } from '../src/commands/index.ts';
import { exitCodeRows } from '../src/cli/exit-code-help.ts';
import { FINDING_KINDS } from '../src/model/finding.ts';

export { exitCodeRows, FINDING_KINDS };

/**
 * One for each command, in the order of `drift --help`: `words` ('listeners confirm'), `summary`, `description`, `examples`, `usage`, `flags` (own ones
 * before the global ones) and `args`, each with what completes it (`values`: words, or a place to look: 'file', 'directory', 'package', 'run', '').
 */
export async function describeCommands() {
  const out = [];
  for (const [id, { load, summary }] of Object.entries(COMMANDS)) {
    const { args, baseFlags, description = '', examples = [], flags: own = {}, strict = true, usage } = await load();
    const flags = Object.entries({ ...own, ...baseFlags, ...own }).map(([name, flag]) => ({
      name, summary: plain(flag.summary ?? ''), takesValue: flag.type === 'option', value: flag.helpValue ?? 'WORD', defaultValue: flag.default, multiple: flag.multiple === true, comma: flag.delimiter === ',',
      global: flag.helpGroup === 'GLOBAL', values: valuesOf(flag),
    }));
    const words = id.replaceAll(':', ' ');
    out.push({
      words, summary, description: plain(description), flags, usage: usage === undefined ? undefined : plain(usage),
      examples: examples.map((example) => (typeof example === 'string' ? { description: '', command: plain(example) } : { description: example.description, command: plain(example.command) })),
      args: Object.entries(args ?? {}).map(([name, argument]) => ({ name, summary: plain(argument.description ?? ''), required: argument.required === true, several: strict === false, values: ARGUMENTS[name] ?? [''] })),
    });
  }
  return out;
}

const ARGUMENTS = { path: ['file'], file: ['file'], plan: ['file'], package: ['package'], subject: ['package', 'file'], run: ['run'], port: [''] };
const PLACES = { FILE: ['file'], PATH: ['file'], DIR: ['directory'] };

function valuesOf({ helpValue, options, type }) {
  if (type !== 'option') return [];
  if (options !== undefined) return options;
  if (helpValue === 'ID|KIND|PATH') return [...FINDING_KINDS];
  return PLACES[helpValue] ?? [''];
}

function plain(text) {
  return text.replaceAll('<%= config.bin %>', 'drift').replaceAll('<%= command.id %>', '').trim();
}
