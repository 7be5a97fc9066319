// `drift explain`: why a file, a package, a unit, a listening port or a finding is here.
import { string } from '@oclif/core/args';
import { DriftCommand } from '../cli/base-command.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { historyFlag } from '../cli/history-flag.ts';

export class Explain extends DriftCommand {
  static override summary = 'Say why a file, a package, a unit, a listening port or a finding is here.';
  static override description = 'For a file: its owner, or the proof that it is legitimate, or what is wrong with it; what it is, what runs, starts and reaches it, and how it came. For a package: what needs it, up to a line of the manifest. For a package that is not installed: what asks for it. For a unit of systemd: its files, and what runs of it. For a port: what listens there, and who confirmed it.';
  static override usage = 'explain PATH|PACKAGE|UNIT|PORT/PROTO|FINDING-ID... [--history]';
  static override strict = false;
  static override args = { subject: string({ name: 'subject', required: true, description: 'A path, a package name, a unit such as redis.service, a port such as 6379/tcp, or the id of a finding; several may be given.' }) };
  static override flags = { history: historyFlag() };
  static override examples = [
    { description: 'A file:', command: '<%= config.bin %> explain /usr/local/bin/redis-server' },
    { description: 'What listens:', command: '<%= config.bin %> explain 6379/tcp' },
    { description: 'A unit:', command: '<%= config.bin %> explain redis.service' },
    { description: 'A package:', command: '<%= config.bin %> explain libssl3' },
    { description: 'A finding, by its id, with what people typed:', command: '<%= config.bin %> explain d93fd3a5fa57 --history' },
  ];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Explain);
    const [{ runExplain }, { explanationsText }, { explanationsJson }] = await Promise.all([
      import('../operations/explain.ts'), import('../report/explain/explanation-text.ts'), import('../report/explain/explanation-json.ts'),
    ]);
    const explanations = this.must(await runExplain({ ...this.target(flags), subjects: argv as string[], history: flags.history }, this.progress));
    const text = this.isJson(flags) ? explanationsJson(explanations) : explanationsText(explanations, this.textOptions(flags, true));
    await this.deliver(text, flags, explanations.some((item) => item.kind === 'unknown') ? EXIT.failed : EXIT.inSync);
  }
}
