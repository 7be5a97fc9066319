// What every command shares: the global flags, where output goes, and how errors are shown. Reads $DRIFT_MANIFEST, NO_COLOR and TERM.
import { Command } from '@oclif/core/command';
import { boolean, string } from '@oclif/core/flags';
import type { Failure, Result } from '../model/result.ts';
import { errorNagios } from '../report/formats/nagios.ts';
import type { TextOptions } from '../report/text-options.ts';
import { paintFor, wantsColour } from './colour.ts';
import { EXIT, PLUGIN_CODE, type ExitCode } from './exit-codes.ts';
import { errorJson, errorText, Fault, shownError, wantedFormat } from './fault.ts';
import { formatFlag } from './format-flag.ts';
import { writeStderr, writeStdout } from './streams.ts';
import { terminalProgress, type TerminalProgress } from './terminal-progress.ts';
import type { TypedCommand } from './usage-error.ts';

const GLOBAL_FLAGS = {
  manifest: string({
    summary: 'Manifest to compare with; may be given several times. Default: $DRIFT_MANIFEST, else /etc/drift/manifest.yaml and /etc/drift/manifest.d/*.yaml.',
    helpValue: 'FILE', multiple: true, multipleNonGreedy: true, helpGroup: 'GLOBAL',
  }),
  root: string({ summary: 'Look at a mounted disk or image instead of /; nothing in it is run.', helpValue: 'DIR', default: '/', helpGroup: 'GLOBAL' }),
  json: boolean({ summary: 'Print JSON (the same as --format json).', helpGroup: 'GLOBAL' }),
  format: formatFlag(['text', 'json']),
  output: string({ summary: 'Write the output to this file, whole or not at all.', helpValue: 'FILE', helpGroup: 'GLOBAL' }),
  'no-color': boolean({ summary: 'No colours, as with NO_COLOR.', helpGroup: 'GLOBAL' }),
  debug: boolean({ summary: 'Show where an error came from.', helpGroup: 'GLOBAL' }),
};

export interface GlobalFlags {
  readonly manifest?: string[] | undefined;
  readonly root: string;
  readonly json: boolean;
  readonly format: string;
  readonly output?: string | undefined;
  readonly 'no-color': boolean;
  readonly debug: boolean;
}

export abstract class DriftCommand extends Command {
  static override baseFlags = GLOBAL_FLAGS;

  protected readonly progress: TerminalProgress = terminalProgress();
  /** Whether --output may replace a file that is there. */
  protected readonly replaceOutput: boolean = true;

  /** What operations call TargetOptions. */
  protected target(flags: GlobalFlags): { readonly root: string; readonly manifestFiles: readonly string[]; readonly explicitManifest: boolean } {
    const fromEnvironment = process.env['DRIFT_MANIFEST'];
    const manifestFiles = flags.manifest ?? (fromEnvironment === undefined || fromEnvironment === '' ? [] : [fromEnvironment]);
    return { root: flags.root, manifestFiles, explicitManifest: manifestFiles.length > 0 };
  }

  protected isJson(flags: GlobalFlags): boolean {
    return flags.json || flags.format === 'json';
  }

  protected textOptions(flags: GlobalFlags, full: boolean): TextOptions {
    const toTerminal = flags.output === undefined && wantsColour(process.stdout, flags['no-color']);
    const columns = flags.output === undefined && process.stdout.isTTY ? process.stdout.columns : 80;
    return { paint: paintFor(toTerminal), width: Math.min(120, Math.max(60, columns)), full, asRoot: process.geteuid!() === 0 };
  }

  /** Sends the output where it belongs, then sets the exit code: what could not be delivered must not pass as a result. */
  protected async deliver(text: string, flags: GlobalFlags, exitCode: ExitCode): Promise<void> {
    this.progress.clear();
    if (flags.output === undefined) this.must(await writeStdout(text));
    else await this.save(flags.output, text);
    process.exitCode = exitCode;
  }

  /** `mode`: of a file that is not there yet. */
  protected async save(file: string, content: string | Buffer, mode?: number): Promise<void> {
    const { writeUserFile } = await import('../host/user-output.ts');
    this.must(writeUserFile(file, content, { replace: this.replaceOutput, ...(mode === undefined ? {} : { mode }) }));
  }

  /** The value of a result, or the end of this command with exit code 1. */
  protected must<T>(result: Result<T>): T {
    if (result.ok) return result.value;
    return this.refuse(result.error);
  }

  protected refuse(failure: Failure): never {
    throw new Fault(failure);
  }

  protected override async catch(error: Error): Promise<void> {
    this.progress.clear();
    const { baseFlags, flags } = this.ctor;
    await showError(error, this.argv, { command: this.id, flags: Object.keys({ ...flags, ...baseFlags }), commands: this.config.commandIDs });
  }
}

/** Every error ends here: on stdout where a program reads it there (JSON, a monitoring plugin's line), else on stderr. Sets exit code 1, or the plugin's. */
export async function showError(error: unknown, argv: readonly string[], typed?: TypedCommand): Promise<void> {
  const format = wantedFormat(argv);
  process.exitCode = format === 'nagios' ? PLUGIN_CODE.UNKNOWN : EXIT.failed;
  const shown = shownError(error, typed);
  const stack = argv.includes('--debug') && error instanceof Error ? error.stack : undefined;
  const detailed = shown.stack === undefined && stack !== undefined ? { ...shown, stack } : shown;
  if (format !== 'json' && format !== 'nagios') return writeStderr(errorText(detailed));
  if (detailed.stack !== undefined) writeStderr(errorText(detailed));
  const written = await writeStdout(format === 'json' ? errorJson(shown) : errorNagios(shown.message, shown.hint));
  // Where nothing can be written to stdout, that is what has to be said.
  if (!written.ok) writeStderr(errorText(detailed));
}
