// Turns a command line into the files that it would run or load: relative names through PATH and the working directory, variables that make the loader load more (ld.so(8)).
import { joinPath, type BytePath, type ByteString } from '../../../model/bytes.ts';
import type { LaunchTarget } from '../../../model/launch.ts';
import { readArguments, readShellCommand, type CommandParts } from './command-programs.ts';
import type { LaunchContext, LaunchFile } from '../launch-context.ts';
import { readShell, type ShellScope, type Word } from './shell-reader.ts';

export interface CommandPlace {
  readonly via: string;
  readonly line?: number;
  /** PATH of whoever runs it. */
  readonly search: ByteString;
  readonly directory?: BytePath;
  /** What else is in its environment. */
  readonly variables?: ReadonlyMap<ByteString, ByteString>;
  /** Its root directory, where that is another one ('/srv/jail'). */
  readonly root?: BytePath;
  /** Bare names are left out: they are told where they are found, and a start file has hundreds. */
  readonly pathsOnly?: boolean;
}

/** PATH of a login of root, near enough on every distribution. */
export const SHELL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Commands of one text, and of the texts within it. */
const MAX_COMMANDS = 20_000;
const MAX_EXPANDED = 1024 * 1024;
/** Texts within texts (`sh -c "sh -c …"`). */
const MAX_DEPTH = 8;

/** Variables whose value is code that a program loads or reads when it starts, and how it is separated. */
const FILE_VARIABLES: ReadonlyMap<string, RegExp> = new Map([
  ['LD_PRELOAD', /[ :]+/], ['LD_AUDIT', /:/], ['BASH_ENV', /\0/], ['ENV', /\0/], ['PYTHONSTARTUP', /\0/], ['GIT_SSH', /\0/], ['GIT_ASKPASS', /\0/], ['SSH_ASKPASS', /\0/], ['SUDO_ASKPASS', /\0/],
]);
const DIRECTORY_VARIABLES: ReadonlySet<string> = new Set(['LD_LIBRARY_PATH', 'PYTHONPATH', 'PERL5LIB', 'RUBYLIB', 'NODE_PATH', 'GCONV_PATH']);
/** Whose value is a command, of a shell at each prompt or of the programs that heed it; a pipe to it begins with '|' (less(1) INPUT PREPROCESSOR). */
const COMMAND_VARIABLES: ReadonlySet<string> = new Set([
  'PROMPT_COMMAND', 'LESSOPEN', 'LESSCLOSE', 'PAGER', 'MANPAGER', 'SYSTEMD_PAGER', 'EDITOR', 'VISUAL', 'SUDO_EDITOR', 'SYSTEMD_EDITOR', 'GIT_SSH_COMMAND', 'GIT_PAGER', 'GIT_EDITOR', 'GIT_SEQUENCE_EDITOR', 'GIT_PROXY_COMMAND', 'GIT_EXTERNAL_DIFF',
]);
/** Whose value are options of an interpreter, some of which name what it loads. */
const OPTION_VARIABLES: ReadonlySet<string> = new Set(['NODE_OPTIONS', 'PERL5OPT', 'RUBYOPT', 'JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS', 'JAVA_OPTS', 'CATALINA_OPTS']);
/** '--require /x', '-r/x', '-javaagent:/x=y': paths after other options are logs, settings and directories. */
const OPTION_PATH = /(?:^|[ \t"'])(?:-javaagent:|-agentpath:|-Xbootclasspath(?:\/[ap])?:|--(?:require|import|loader|experimental-loader)[ \t=]{1,8}|-r[ \t]{0,8})["']?(\/[^ \t"'=:,]{1,4000})/g;

/** Files and directories that a variable of that name and value makes programs run or load. */
export function variableTargets(context: LaunchContext, name: ByteString, value: ByteString, line?: number): readonly LaunchTarget[] {
  if (COMMAND_VARIABLES.has(name)) return shellTargets(context, commandOf(value), { via: name, search: SHELL_PATH, pathsOnly: true, ...(line === undefined ? {} : { line }) });
  return fileTargets(context, name, value, line);
}

function commandOf(value: ByteString): ByteString {
  return value.replace(/^[|-]{1,4}/, '');
}

function fileTargets(context: LaunchContext, name: ByteString, value: ByteString, line?: number): readonly LaunchTarget[] {
  if (OPTION_VARIABLES.has(name)) return Array.from(value.matchAll(OPTION_PATH), ([, path]) => context.target(path!, path!, name, line));
  const separator = FILE_VARIABLES.get(name) ?? (DIRECTORY_VARIABLES.has(name) ? /:/ : undefined);
  if (separator === undefined) return [];
  return value.split(separator, 64).filter((part) => part.startsWith('/')).map((part) => context.target(part, part, name, line));
}

/** What an argument vector would run. */
export function argumentTargets(context: LaunchContext, words: readonly Word[], place: CommandPlace): readonly LaunchTarget[] {
  const collector = new CommandCollector(context, place);
  const scope = scopeOf(place);
  readArguments(words, collector.parts(scope, place.line, 0));
  return collector.targets;
}

/** What a shell would run for this text; lines are counted from `place.line`. */
export function shellTargets(context: LaunchContext, text: ByteString, place: CommandPlace): readonly LaunchTarget[] {
  const collector = new CommandCollector(context, place);
  collector.shell(text, place.line, scopeOf(place), 0);
  return collector.targets;
}

function scopeOf(place: CommandPlace): ShellScope {
  return { variables: new Map([['PATH', place.search], ...(place.variables ?? [])]), functions: new Set(), directory: place.directory, budget: MAX_COMMANDS, room: MAX_EXPANDED };
}

class CommandCollector {
  readonly targets: LaunchTarget[] = [];
  readonly #context: LaunchContext;
  readonly #place: CommandPlace;

  constructor(context: LaunchContext, place: CommandPlace) {
    this.#context = context;
    this.#place = place;
  }

  shell(text: ByteString, line: number | undefined, scope: ShellScope, depth: number): void {
    readShell(text, line ?? 1, scope, (command, now) => {
      const at = line === undefined ? undefined : command.line;
      for (const { name, value } of command.assigned) {
        if (!value.known) continue;
        if (COMMAND_VARIABLES.has(name)) this.parts(now, at, depth).shell(commandOf(value.text));
        else this.targets.push(...fileTargets(this.#context, name, value.text, at));
      }
      readShellCommand(command, (name) => now.functions.has(name), this.parts(now, at, depth));
    });
  }

  parts(scope: ShellScope, line: number | undefined, depth: number): CommandParts {
    return {
      program: (word) => this.#program(word, scope, line),
      script: (word) => this.#script(word, scope, line, this.#place.via),
      sourced: (word) => this.#script(word, scope, line, 'source'),
      directory: (word) => this.#directory(word, line),
      shell: (text) => {
        // A text of its own changes nothing outside.
        if (depth < MAX_DEPTH) {
          const inner = { ...scope, variables: new Map(scope.variables) };
          this.shell(text, line, inner, depth + 1);
          scope.budget = inner.budget;
          scope.room = inner.room;
        }
      },
    };
  }

  #program({ text, known }: Word, scope: ShellScope, line: number | undefined): void {
    if (!known || text === '') return;
    if (text.includes('/')) this.#path(text, scope, line, this.#place.via);
    else if (this.#place.pathsOnly !== true) {
      const found = this.#context.onPath(text, scope.variables.get('PATH') ?? this.#place.search, this.#place.root);
      if (found !== undefined) this.targets.push(this.#context.target(found, text, this.#place.via, line));
    }
  }

  #script({ text, known }: Word, scope: ShellScope, line: number | undefined, via: string): void {
    // What is no path may be anything: an option's value, a mode of the program.
    if (known && (text.includes('/') || this.#isFile(text, scope))) this.#path(text, scope, line, via);
  }

  #isFile(name: ByteString, { directory }: ShellScope): boolean {
    if (directory === undefined || name === '') return false;
    const place = this.#context.place((this.#place.root ?? '') + joinPath(directory, name));
    return place.exists && !place.directory;
  }

  #path(text: ByteString, { directory }: ShellScope, line: number | undefined, via: string): void {
    const path = text.startsWith('/') ? text : directory === undefined ? undefined : joinPath(directory, text);
    if (path === undefined) return;
    const target = this.#context.target((this.#place.root ?? '') + path, text, via, line);
    // A directory is neither run nor read.
    if (target.directory !== true) this.targets.push(target);
  }

  #directory({ text, known }: Word, line: number | undefined): void {
    // Those of cron are told one by one, whoever runs them.
    if (!known || !text.startsWith('/') || /^\/etc\/cron\.[a-z]{1,20}\/?$/.test(text)) return;
    const files: readonly LaunchFile[] = this.#context.files((this.#place.root ?? '') + text, (name) => /^[A-Za-z0-9_-]+$/.test(name));
    for (const file of files) if (this.#context.isRunnable(file)) this.targets.push(this.#context.target(file.path, text, this.#place.via, line));
  }
}
