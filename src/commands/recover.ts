// `drift recover`: what was cut off is brought to a state that is written down.
import { DriftCommand } from '../cli/base-command.ts';
import { noteChange } from '../cli/changed.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { withSafeStop } from '../cli/signals.ts';

export class Recover extends DriftCommand {
  static override summary = 'After a run that was cut off: find out how far it came, and write that down.';
  static override description = 'Goes by the disk and the journal alone. A reconcile that was cut off is closed where it stood: drift undo then puts it back, and drift reconcile does what is left. An undo that was cut off is finished. Does nothing the second time.';
  static override examples = [{ description: 'After a crash or a power cut:', command: '<%= config.bin %> recover' }];

  async run(): Promise<void> {
    const { flags } = await this.parse(Recover);
    const [{ runRecover }, { recoveredText }, { historyJson }] = await Promise.all([import('../operations/recover.ts'), import('../report/plan/run-text.ts'), import('../report/plan/run-json.ts')]);
    await withSafeStop(async (stop) => {
      const watching = { stopAsked: () => stop.asked() !== undefined, begun: (run: string) => noteChange(`run ${run} is being put back; drift history ${run} shows how far it is`) };
      const { failure, runs } = this.must(await runRecover(flags.root, watching, this.progress));
      if (failure !== undefined) this.progress.tell(`stopped: ${failure.message}${failure.hint === undefined ? '' : `; ${failure.hint}`}`);
      const page = this.isJson(flags) ? historyJson({ runs: runs.map(({ record }) => record), damaged: [] }) : recoveredText(runs, this.textOptions(flags, true));
      await this.deliver(page, flags, failure !== undefined ? EXIT.partWay : stop.asked() ?? EXIT.inSync);
    });
  }
}
