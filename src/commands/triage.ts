// `drift triage`: walks through what check finds, at a terminal; each decision is a line in the manifest at once.
import { string } from '@oclif/core/flags';
import { DriftCommand } from '../cli/base-command.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { dialogueOr, noteEntries } from '../cli/prompts.ts';

export class Triage extends DriftCommand {
  static override summary = 'Decide at a terminal, group by group, what belongs on this host.';
  static override description = 'Shows what `drift check` finds, what is one thing as one: trees, products, software of other channels, single files by their directory. For each: declare it, allow it with a reason, confirm that it listens, leave it for reconcile, or skip it. A decision is written to the manifest at once, and undo takes the last one back, so that the walk can be left at every question; what is not decided is asked again the next time.';
  static override examples = [
    { description: 'Decide, and write to /etc/drift/manifest.yaml:', command: '<%= config.bin %> triage' },
    { description: 'Into another manifest:', command: '<%= config.bin %> triage --manifest web.yaml' },
  ];
  static override flags = {
    by: string({ summary: 'Who decides. Default: the user who called sudo, else the account that drift runs as.', helpValue: 'NAME' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Triage);
    const dialogue = this.must(dialogueOr('triage asks questions', 'drift declare, drift allow and drift listeners confirm take the same decisions without questions', this.progress));
    try {
      const [{ runTriage }, { summaryText }] = await Promise.all([import('../operations/triage.ts'), import('../report/triage-text.ts')]);
      const summary = this.must(await runTriage({ ...this.target(flags), by: flags.by }, { dialogue, text: this.textOptions(flags, false), wrote: noteEntries }, this.progress));
      await this.deliver(summaryText(summary), flags, summary.ended === 'stopped' ? EXIT.interrupted : EXIT.inSync);
    } finally {
      dialogue.close();
    }
  }
}
