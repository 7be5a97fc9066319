// What oclif says about a mistyped command line (@oclif/core/parser/errors), as drift says it: what is wrong, the nearest right word, and where all of them are.
import { stripVTControlCharacters } from 'node:util';
import { suggest } from '../model/suggest.ts';

export interface TypedCommand {
  /** oclif's id: 'check', 'history:prune'; undefined where there is no such command. */
  readonly command: string | undefined;
  /** Without dashes. */
  readonly flags: readonly string[];
  /** Ids of all commands. */
  readonly commands: readonly string[];
}

export interface UsageWords {
  readonly message: string;
  readonly hint: string;
}

/** `said`: the message of an error of oclif. Sentences that are not known here are passed on. */
export function usageError(said: string, { command, commands, flags }: TypedCommand): UsageWords {
  // oclif adds advice and tables after the sentence; --help has them.
  const lines = said.replace(/\nSee more help with --help$/, '').split('\n\nNote:')[0]!;
  const sentence = lines.replaceAll(/\s*\n\s*/g, ' ').trim();
  const typed = command === undefined ? 'drift' : `drift ${spaced(command)}`;
  const help = `${typed} --help`;
  const words = (message: string, meant: readonly string[] = [], where = help): UsageWords => ({
    message, hint: meant.length === 0 ? where : `did you mean ${meant.map((each) => `"${each}"`).join(', ')}? ${where}`,
  });

  const unknown = /^command (\S+) not found$/.exec(sentence)?.[1];
  if (unknown !== undefined) return words(`there is no command ${spaced(unknown)}`, nearest([spaced(unknown)], commands.map(spaced)).map((each) => `drift ${each}`), `${help} has all of them`);

  const strange = /^Nonexistent flags?: (.*)$/.exec(sentence)?.[1]?.split(', ');
  if (strange !== undefined) return words(`there ${strange.length === 1 ? 'is no flag' : 'are no flags'} ${strange.join(', ')}`, nearest(strange, flags.map((flag) => `--${flag}`)), `${help} has all of them`);

  const missing = /^Missing \d+ required args?: (\S+)\s+(.*)$/.exec(sentence);
  if (missing !== null) return words(`${missing[1]!.toUpperCase()} is missing: ${lowered(missing[2]!).replace(/\.$/, '')}`);

  const reasons = /^The following errors? occurred:\n([^]*)$/.exec(lines)?.[1];
  if (reasons !== undefined) return words(stripVTControlCharacters(reasons).split('\n').map(reasonWords).join('; '));

  const option = /^Expected --([^=]+)=(.*) to be one of: (.*)$/.exec(sentence);
  if (option !== null) return words(`--${option[1]} takes one of: ${option[3]}; not ${option[2]}`, nearest([option[2]!], option[3]!.split(', ')));

  const valueless = /^Flag --(\S+) expects a value$/.exec(sentence)?.[1];
  if (valueless !== undefined) return words(`--${valueless} needs a value`);

  const extra = /^Unexpected arguments?: (.*)$/.exec(sentence)?.[1];
  if (extra === undefined || command === undefined) return words(lowered(sentence));
  const below = commands.filter((id) => id.startsWith(`${command}:`)).map(spaced);
  return words(`${typed} takes no such argument: ${extra}`, nearest([`${spaced(command)} ${extra.split(', ')[0]}`], below).map((each) => `drift ${each}`));
}

function reasonWords(line: string): string {
  return line.trim().replace(/^Missing required flag (\S+)$/, '--$1 is missing').replace(/^--([^\s=]+)(?:=.*)? cannot also be provided when using --(\S+)$/, '--$1 and --$2 contradict each other');
}

function nearest(words: readonly string[], known: readonly string[]): readonly string[] {
  return words.flatMap((word) => suggest(word, known) ?? []);
}

function spaced(id: string): string {
  return id.replaceAll(':', ' ');
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
