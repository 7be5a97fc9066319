// Hands the command line to oclif and owns everything around it: closed pipes, errors outside commands, help.
import { run } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import type { Failure } from '../model/result.ts';
import { showError } from './base-command.ts';
import { EmbeddedPlugin, type CommandTable } from './embedded-plugin.ts';
import { exitCodeRows } from './exit-code-help.ts';
import { Fault } from './fault.ts';
import { guardStreams, writeStdout } from './streams.ts';

export async function runCommandLine(typed: readonly string[], version: string, table: CommandTable): Promise<void> {
  const argv = typed[0] === 'help' ? [...typed.slice(1), '--help'] : typed;
  // Otherwise oclif looks for a TypeScript runner, and reads tsconfig.json to find one.
  settings.enableAutoTranspile = false;
  guardStreams();
  process.on('uncaughtException', (error) => void showError(error, argv).finally(() => process.exit()));
  const root = '/';
  const plugin = new EmbeddedPlugin(root, version, table);
  const asked = await describeForHelp(plugin, argv);
  try {
    await run([...argv], { root, pjson: plugin.pjson, plugins: new Map([[plugin.name, plugin]]), userPlugins: false, devPlugins: false });
    if (asked !== undefined) await writeStdout(exitCodeHelp(asked.command));
  } catch (error) {
    // Commands show their own errors; what comes here was thrown before one ran: an unknown command, mostly.
    await showError(error, argv, { command: undefined, commands: plugin.commandIDs, flags: [] });
  }
}

export async function refuseToStart(failure: Failure, argv: readonly string[]): Promise<void> {
  guardStreams();
  await showError(new Fault(failure), argv);
}

function exitCodeHelp(command: string | undefined): string {
  const rows = exitCodeRows(command);
  const width = Math.max(...rows.map(([code]) => code.length));
  return `EXIT CODES\n${rows.map(([code, meaning]) => `  ${code.padEnd(width)}  ${meaning}`).join('\n')}\n`;
}

/** oclif prints help from metadata that it would otherwise cache on disk; with lazy commands it is filled in when help was asked for. Undefined where it was not. */
async function describeForHelp(plugin: EmbeddedPlugin, argv: readonly string[]): Promise<{ readonly command: string | undefined } | undefined> {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  if (argv.length > 0 && !flags.includes('--help') && !flags.includes('-h')) return undefined;
  const words = flags.filter((word) => !word.startsWith('-'));
  const id = plugin.commandIDs.includes(words.slice(0, 2).join(':')) ? words.slice(0, 2).join(':') : words[0];
  const entry = plugin.commands.find((command) => command.id === id);
  if (entry !== undefined) {
    const { summary, description, examples, args, flags: own, baseFlags, strict, usage } = await entry.load();
    // Its own first, also where it has one of the global flags in its own way.
    Object.assign(entry, { summary, description, examples, args, flags: { ...own, ...baseFlags, ...own }, strict, usage });
    for (const [name, flag] of Object.entries(entry.flags)) flag.name = name;
    for (const [name, argument] of Object.entries(entry.args)) argument.name = name;
  }
  return { command: entry?.id };
}
