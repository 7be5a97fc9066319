// `drift rebuild diff`: two rebuild lists, or one and this host. Changes nothing.
import { string } from '@oclif/core/args';
import { DriftCommand } from '../../cli/base-command.ts';
import { exitCodeOfCoverage, EXIT } from '../../cli/exit-codes.ts';

export class RebuildDiff extends DriftCommand {
  static override summary = 'Compare two rebuild lists, or a list with this host.';
  static override description = 'Packages, repositories, keys, settings, accounts and notes, part by part. Exit code 2 when something differs.';
  static override examples = [
    { description: 'What changed on this host since its list was made:', command: '<%= config.bin %> rebuild diff /mnt/backup/web.rebuild.json' },
    { description: 'Two hosts that should be alike:', command: '<%= config.bin %> rebuild diff web-1.json web-2.json' },
  ];
  static override args = {
    before: string({ description: 'A list that drift rebuild --json wrote.', required: true }),
    after: string({ description: 'Another one; without it, this host.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RebuildDiff);
    const [{ runRebuildDiff }, { rebuildDiffJson, rebuildDiffText }] = await Promise.all([import('../../operations/rebuild-diff.ts'), import('../../report/rebuild/rebuild-diff-text.ts')]);
    const result = this.must(await runRebuildDiff({ ...this.target(flags), before: args.before, ...(args.after === undefined ? {} : { after: args.after }) }, this.progress));
    const text = this.isJson(flags) ? rebuildDiffJson(result) : rebuildDiffText(result, this.textOptions(flags, true));
    await this.deliver(text, flags, result.differences.length > 0 ? EXIT.drift : exitCodeOfCoverage(result.coverage));
  }
}
