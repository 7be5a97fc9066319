// `drift baseline`: what is accepted today, on stdout or into a file, for `drift check --baseline`.
import { boolean } from '@oclif/core/flags';
import { DriftCommand } from '../cli/base-command.ts';
import { exitCodeOfCoverage } from '../cli/exit-codes.ts';
import { SEVERITIES } from '../model/finding.ts';

export class Baseline extends DriftCommand {
  static override summary = 'Record what is accepted today, so that check reports only what is new.';
  static override description = 'Everything that check would report now, as JSON, with what makes each finding the same one later. It accepts all of it: read it, and allow or declare in the manifest what is meant to stay.';
  static override examples = [
    { description: 'Accept what is there, and from then on tell only what is new:', command: '<%= config.bin %> baseline --output /etc/drift/baseline.json' },
    { command: '<%= config.bin %> check --baseline /etc/drift/baseline.json', description: 'What came since:' },
  ];
  static override flags = {
    verify: boolean({ summary: 'Compare the content of all packaged files, for a check that does.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Baseline);
    const { runBaseline } = await import('../operations/baseline.ts');
    const { coverage, findings, text } = this.must(await runBaseline({ ...this.target(flags), verify: flags.verify }, this.progress));
    await this.deliver(text, flags, exitCodeOfCoverage(coverage));
    const by = SEVERITIES.toReversed().map((severity) => [findings.filter((finding) => finding.severity === severity).length, severity] as const).filter(([many]) => many > 0);
    this.progress.tell(`${findings.length === 0 ? 'nothing is accepted, for nothing was found' : `accepted: ${by.map(([many, severity]) => `${many} ${severity}`).join(', ')}`}`);
    const incomplete = coverage.filter((source) => source.status !== 'complete').map((source) => source.source);
    if (incomplete.length > 0) this.progress.tell(`could not be read completely: ${incomplete.join(', ')}; what is there will be new once it can be`);
  }
}
