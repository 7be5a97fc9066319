// `drift reconcile`: show the plan, ask, carry it out, look again.
import { string as text } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { DriftCommand } from '../cli/base-command.ts';
import { noteChange } from '../cli/changed.ts';
import { exitCodeOfReconcile } from '../cli/exit-codes.ts';
import { signPlan } from '../cli/sign-plan.ts';
import { withSafeStop } from '../cli/signals.ts';

export class Reconcile extends DriftCommand {
  static override summary = 'Do what drift plan shows; drift undo puts it back.';
  static override description = 'Shows the plan and asks, with no as the default. With a saved plan, does exactly that, or says what has moved since. Nothing is deleted: drift undo puts a run back. What packages need is fetched and simulated before anything is touched.';
  static override args = { plan: text({ name: 'plan', description: 'A plan that drift plan --output saved. Default: one that is made now.' }) };
  static override examples = [
    { description: 'Look, be asked, and do it:', command: '<%= config.bin %> reconcile' },
    { description: 'One finding, by its id:', command: '<%= config.bin %> reconcile --only 8e2f0c51d7aa' },
    { description: 'A plan that somebody has read:', command: '<%= config.bin %> reconcile /root/plan.json' },
    { description: 'Without a terminal:', command: '<%= config.bin %> reconcile --yes' },
  ];
  static override flags = {
    only: string({ summary: 'Only these findings, whatever policy.reconcile says: ids, kinds, or paths with all below them.', helpValue: 'ID|KIND|PATH', multiple: true, delimiter: ',' }),
    skip: string({ summary: 'Not these.', helpValue: 'ID|KIND|PATH', multiple: true, delimiter: ',' }),
    'allow-downgrade': boolean({ summary: 'Packages may go back to an older version that the manifest wants.' }),
    verify: boolean({ summary: 'Compare the content of all packaged files, not only of those that changed since their installation.' }),
    yes: boolean({ summary: 'Do not ask; not enough where the plan goes past its limits.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Reconcile);
    const [{ applyReconcile, prepareReconcile }, { planText }, { reconciledText }, { runJson }] = await Promise.all([
      import('../operations/reconcile.ts'), import('../report/plan/plan-text.ts'), import('../report/plan/run-text.ts'), import('../report/plan/run-json.ts'),
    ]);
    const options = { ...this.target(flags), only: flags.only ?? [], skip: flags.skip ?? [], allowDowngrade: flags['allow-downgrade'], verify: flags.verify, ...(args.plan === undefined ? {} : { planFile: args.plan }) };
    const { coverage, plan, settled } = this.must(await prepareReconcile(options, this.progress));
    for (const { record } of settled) this.progress.tell(`run ${record.run} had been cut off, and was looked at: drift history ${record.run}`);
    const page = planText(plan, this.textOptions(flags, true));
    if (plan.actions.length === 0) {
      await this.deliver(this.isJson(flags) ? runJson(undefined, { left: [] }) : page, flags, exitCodeOfReconcile({ left: [], refused: plan.refusals.length, coverage, failed: false }));
      return;
    }
    this.must(await signPlan(plan, page, { yes: flags.yes, saved: args.plan !== undefined }, this.progress));
    await withSafeStop(async (stop) => {
      const watching = { stopAsked: () => stop.asked() !== undefined, begun: (run: string) => noteChange(`what drift history ${run} shows; drift undo ${run} puts it back`) };
      const applied = await applyReconcile(plan, options, watching, this.progress);
      // Where it could not be begun, what had been moved for it is back.
      if (!applied.ok) noteChange('nothing');
      const { applied: { failure, notes, record }, coverage: after, left } = this.must(applied);
      const shown = this.isJson(flags) ? runJson(record, { notes, failure, left }) : reconciledText({ record, notes, failure: failure?.message, left, refused: plan.refusals.length }, this.textOptions(flags, true));
      const stopped = record.outcome === 'stopped' ? stop.asked() : undefined;
      await this.deliver(shown, flags, stopped ?? exitCodeOfReconcile({ left: left ?? [], refused: plan.refusals.length, coverage: after, failed: failure !== undefined || record.outcome !== 'complete' }));
    });
  }
}
