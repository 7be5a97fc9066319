// `drift init`: a manifest of the host as it is, on stdout or into a new file.
import { DriftCommand } from '../cli/base-command.ts';
import { exitCodeOfCoverage } from '../cli/exit-codes.ts';

export class Init extends DriftCommand {
  static override summary = 'Print a manifest that describes this host as it is.';
  static override description = 'Only what was installed by choice and is needed by nothing else that was. Programs that no package owns, what listens, and software of other channels come as comments, to be decided by a person.';
  static override examples = [
    { description: 'Start with a manifest for this host:', command: '<%= config.bin %> init --output /etc/drift/manifest.yaml' },
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(Init);
    const { runInit } = await import('../operations/init.ts');
    const { text, coverage } = this.must(await runInit({ root: flags.root }, this.progress));
    const incomplete = coverage.filter((source) => source.status !== 'complete').map((source) => source.source);
    if (incomplete.length > 0) this.progress.tell(`could not be read completely: ${incomplete.join(', ')}; the manifest may lack something`);
    await this.deliver(text, flags, exitCodeOfCoverage(coverage));
  }

  /** A manifest is written by people: never over one that is there. */
  protected override readonly replaceOutput = false;
}
