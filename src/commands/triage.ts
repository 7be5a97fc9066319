// `drift triage`: walks through what check finds, at a terminal; each decision is a line in the manifest at once.
import { boolean, string } from '@oclif/core/flags';
import { DriftCommand } from '../cli/base-command.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { dialogueOr, noteEntries } from '../cli/prompts.ts';

export class Triage extends DriftCommand {
  static override summary = 'Decide at a terminal, group by group, what belongs on this host.';
  static override description = 'Shows what `drift check` finds, what is one thing as one: trees, products, software of other channels, single files by their directory. For each: declare it, allow it with a reason, confirm that it listens, leave it for reconcile, or skip it. A decision is written to the manifest at once, and undo takes the last one back, so that the walk can be left at every question; what is not decided is asked again the next time.';
  static override examples = [
    { description: 'Decide, and write to /etc/drift/manifest.yaml:', command: '<%= config.bin %> triage' },
    { description: 'Into another manifest:', command: '<%= config.bin %> triage --manifest web.yaml' },
    { description: 'For a manifest that is kept in git:', command: '<%= config.bin %> triage --print-patch --output decisions.patch' },
  ];
  static override flags = {
    by: string({ summary: 'Who decides. Default: the user who called sudo, else the account that drift runs as.', helpValue: 'NAME' }),
    'print-patch': boolean({ summary: 'Print the change as a unified diff at the end, and write nothing.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Triage);
    const dialogue = this.must(dialogueOr('triage asks questions', 'drift declare, drift allow and drift listeners confirm take the same decisions without questions', this.progress));
    try {
      const [{ runTriage }, { summaryText }] = await Promise.all([import('../operations/triage.ts'), import('../report/deciding/triage-text.ts')]);
      const printPatch = flags['print-patch'];
      const wrote = printPatch ? (): void => {} : noteEntries;
      const { patch, summary } = this.must(await runTriage({ ...this.target(flags), by: flags.by, printPatch }, { dialogue, text: this.textOptions(flags, false), wrote }, this.progress));
      if (printPatch) dialogue.show(summaryText(summary, true));
      await this.deliver(patch ?? summaryText(summary), flags, summary.ended === 'stopped' ? EXIT.interrupted : EXIT.inSync);
    } finally {
      dialogue.close();
    }
  }
}
