// `drift history`: earlier runs, and what is in quarantine.
import { string as text } from '@oclif/core/args';
import { DriftCommand } from '../../cli/base-command.ts';
import { EXIT } from '../../cli/exit-codes.ts';

export class History extends DriftCommand {
  static override summary = 'Show what earlier runs changed, and what of it is in quarantine.';
  static override args = { run: text({ name: 'run', description: 'Its number, to see each file of it. Default: all runs, newest first.' }) };
  static override examples = [
    { description: 'All runs:', command: '<%= config.bin %> history' },
    { description: 'Run 12, file by file:', command: '<%= config.bin %> history 12' },
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(History);
    const [{ runHistory }, { historyText }, { historyJson }] = await Promise.all([import('../../operations/history.ts'), import('../../report/plan/run-text.ts'), import('../../report/plan/run-json.ts')]);
    const runs = this.must(runHistory(flags.root, args.run));
    await this.deliver(this.isJson(flags) ? historyJson(runs) : historyText(runs, this.textOptions(flags, args.run !== undefined)), flags, EXIT.inSync);
  }
}
