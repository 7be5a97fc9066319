// `drift history prune`: delete for good what old runs keep in quarantine.
import { boolean, string } from '@oclif/core/flags';
import { DriftCommand } from '../../cli/base-command.ts';
import { noteChange } from '../../cli/changed.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { askYes } from '../../cli/prompts.ts';
import { withSafeStop } from '../../cli/signals.ts';
import { count } from '../../report/wrap.ts';

export class HistoryPrune extends DriftCommand {
  static override summary = 'Delete for good what old runs keep in quarantine.';
  static override description = 'Those runs cannot be undone afterwards. Their journals stay.';
  static override examples = [{ description: 'What was moved more than 90 days ago:', command: '<%= config.bin %> history prune --older-than 90d' }];
  static override flags = {
    'older-than': string({ summary: 'Only runs that ended longer ago than this.', helpValue: 'AGE', required: true }),
    yes: boolean({ summary: 'Do not ask.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(HistoryPrune);
    const [{ runPrune, runsToPrune }, { historyText }, { historyJson }] = await Promise.all([import('../../operations/history.ts'), import('../../report/plan/run-text.ts'), import('../../report/plan/run-json.ts')]);
    const { runs } = this.must(await runsToPrune(flags.root, flags['older-than']));
    if (runs.length > 0 && !flags.yes) {
      const page = historyText({ runs, damaged: [] }, this.textOptions(flags, false));
      if (!this.must(await askYes({ page, question: `Delete for good what ${count(runs.length, 'run')} of these keep? [y/N] `, why: 'what is deleted cannot be had back', hint: 'drift history prune --yes does not ask' }, this.progress))) this.refuse({ reason: 'declined', message: 'it was not confirmed' });
    }
    await withSafeStop(async () => {
      const { left, runs: pruned } = this.must(await runPrune(flags.root, runs.map(({ run }) => run), (run) => noteChange(`what run ${run} kept is being deleted`)));
      for (const { hint, message } of left) this.progress.tell(`${message}; ${hint ?? ''}`);
      await this.deliver(this.isJson(flags) ? historyJson({ runs: pruned, damaged: [] }) : pruned.length === 0 ? 'nothing is that old\n' : historyText({ runs: pruned, damaged: [] }, this.textOptions(flags, false)), flags, left.length > 0 ? EXIT.partWay : EXIT.inSync);
    });
  }
}
