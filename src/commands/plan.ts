// `drift plan`: what reconcile would do, and what it would not and why. Changes nothing.
import { boolean, string } from '@oclif/core/flags';
import { DriftCommand } from '../cli/base-command.ts';
import { exitCodeOfPlan } from '../cli/exit-codes.ts';

export class Plan extends DriftCommand {
  static override summary = 'Show what would be done about the findings, and what would not and why; change nothing.';
  static override description = 'Acts on what policy.reconcile of the manifest lists: strays, launch points and forbidden packages, where it does not say otherwise. With --output, the plan itself is saved as JSON, and its page is printed all the same.';
  static override examples = [
    { description: 'The page, as root so that everything can be read:', command: '<%= config.bin %> plan' },
    { description: 'One finding, by its id:', command: '<%= config.bin %> plan --only 8e2f0c51d7aa' },
    { description: 'Everything but what lies below a directory:', command: '<%= config.bin %> plan --skip /opt/vendor' },
    { description: 'Saved, to be read by somebody else before it is done:', command: '<%= config.bin %> plan --output /root/plan.json' },
  ];
  static override flags = {
    only: string({ summary: 'Only these findings, whatever policy.reconcile says: ids, kinds, or paths with all below them.', helpValue: 'ID|KIND|PATH', multiple: true, delimiter: ',' }),
    skip: string({ summary: 'Not these.', helpValue: 'ID|KIND|PATH', multiple: true, delimiter: ',' }),
    'allow-downgrade': boolean({ summary: 'Packages may go back to an older version that the manifest wants.' }),
    verify: boolean({ summary: 'Compare the content of all packaged files, not only of those that changed since their installation.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Plan);
    const [{ runPlan }, { planText }, { planJson }] = await Promise.all([
      import('../operations/plan.ts'), import('../report/plan/plan-text.ts'), import('../report/plan/plan-json.ts'),
    ]);
    const { coverage, plan } = this.must(await runPlan({ ...this.target(flags), only: flags.only ?? [], skip: flags.skip ?? [], allowDowngrade: flags['allow-downgrade'], verify: flags.verify }, this.progress));
    const page = this.isJson(flags) ? planJson(plan) : planText(plan, this.textOptions({ ...flags, output: undefined }, true));
    if (flags.output !== undefined) await this.save(flags.output, planJson(plan));
    await this.deliver(page, { ...flags, output: undefined }, exitCodeOfPlan(plan, coverage));
  }
}
