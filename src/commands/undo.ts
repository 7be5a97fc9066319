// `drift undo`: put a run back.
import { string as text } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { DriftCommand } from '../cli/base-command.ts';
import { noteChange } from '../cli/changed.ts';
import { exitCodeOfUndo } from '../cli/exit-codes.ts';
import { withSafeStop } from '../cli/signals.ts';

export class Undo extends DriftCommand {
  static override summary = 'Put back what a run of reconcile did; never over what came since.';
  static override description = 'Files come back as the very files that they were, packages in the versions, with the marks and holds that they had. What cannot be put back is named; files of it stay in quarantine. Units are enabled as they were, and started only with --start.';
  static override args = { run: text({ name: 'run', description: 'Its number, as drift history shows it. Default: the last that has something to put back.' }) };
  static override examples = [
    { description: 'The last run:', command: '<%= config.bin %> undo' },
    { description: 'Run 12, and what it stopped runs again:', command: '<%= config.bin %> undo 12 --start' },
  ];
  static override flags = { start: boolean({ summary: 'Start the units that the run stopped.' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Undo);
    const [{ runUndo }, { undoneText }, { runJson }] = await Promise.all([import('../operations/undo.ts'), import('../report/plan/run-text.ts'), import('../report/plan/run-json.ts')]);
    await withSafeStop(async (stop) => {
      const watching = { stopAsked: () => stop.asked() !== undefined, begun: (run: string) => noteChange(`run ${run} is being put back; drift history ${run} shows how far it is`) };
      const { failure, notes, record, started } = this.must(await runUndo({ root: flags.root, start: flags.start, ...(args.run === undefined ? {} : { run: args.run }) }, watching, this.progress));
      const page = this.isJson(flags) ? runJson(record, { notes, started, failure }) : undoneText({ record, notes, started, failure: failure?.message }, this.textOptions(flags, true));
      await this.deliver(page, flags, stop.asked() !== undefined && record.outcome === 'stopped' ? stop.asked()! : exitCodeOfUndo(record, failure !== undefined || record.outcome !== 'complete'));
    });
  }
}
