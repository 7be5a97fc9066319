// `drift listeners`: what listens on this host, and who confirmed it.
import { boolean } from '@oclif/core/flags';
import { DriftCommand } from '../../cli/base-command.ts';
import { exitCodeOfCoverage } from '../../cli/exit-codes.ts';

export class Listeners extends DriftCommand {
  static override summary = 'List what listens on this host, and who confirmed it.';
  static override description = 'Every socket that another host can reach: its program, the package that owns it, its unit and user, and the line of the manifest that confirms it. It is a report: `drift check` decides.';
  static override examples = [
    { description: 'What can be reached from outside:', command: '<%= config.bin %> listeners' },
    { description: 'Say that one belongs here:', command: '<%= config.bin %> listeners confirm 443/tcp --by alice' },
  ];
  static override flags = {
    all: boolean({ summary: 'What only this host can reach too: loopback and unix sockets.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Listeners);
    const [{ runListeners }, { listenersText }, { listenersJson }] = await Promise.all([
      import('../../operations/listeners.ts'), import('../../report/listeners/listeners-text.ts'), import('../../report/listeners/listeners-json.ts'),
    ]);
    const report = this.must(await runListeners({ ...this.target(flags), all: flags.all }, this.progress));
    const text = this.isJson(flags) ? listenersJson(report) : listenersText(report, this.textOptions(flags, flags.all));
    await this.deliver(text, flags, exitCodeOfCoverage(report.coverage));
  }
}
