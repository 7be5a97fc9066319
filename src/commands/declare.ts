// `drift declare`: packages that belong on this host, written into the manifest.
import { string as text } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { DriftCommand } from '../cli/base-command.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { noteRecorded } from '../cli/note-recorded.ts';
import { CHANNELS } from '../model/channel.ts';

export class Declare extends DriftCommand {
  static override summary = 'Write into the manifest that packages belong on this host, or must not be there.';
  static override description = 'NAME alone stands for any version. A constraint comes behind an equals sign: absent, bounds in the order of the package manager, or a semver range. The last manifest that is named is written, else /etc/drift/manifest.yaml; its comments and order stay.';
  static override usage = 'declare PACKAGE[=CONSTRAINT]...';
  static override strict = false;
  static override args = { package: text({ name: 'package', required: true, description: 'NAME or NAME=CONSTRAINT; several may be given.' }) };
  static override examples = [
    { description: 'Two packages, one of them within bounds:', command: '<%= config.bin %> declare htop "nginx=>= 1.22, < 1.27"' },
    { description: 'One that must not be there:', command: '<%= config.bin %> declare telnetd=absent' },
    { description: 'Software of another channel:', command: '<%= config.bin %> declare --channel pip "ansible=^9"' },
    { description: 'For a manifest that is kept in git:', command: '<%= config.bin %> declare htop --manifest web.yaml --print-patch' },
  ];
  static override flags = {
    channel: string({ summary: 'They come by this channel, not by the package manager.', helpValue: 'NAME', options: CHANNELS }),
    'print-patch': boolean({ summary: 'Print the change as a unified diff, and write nothing.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Declare);
    const [{ runDeclare }, { recordedJson, recordedText }] = await Promise.all([import('../operations/decide.ts'), import('../report/deciding/recorded.ts')]);
    const printPatch = flags['print-patch'];
    const { recorded, warnings } = this.must(await runDeclare({ ...this.target(flags), packages: argv as string[], channel: flags.channel, printPatch }, this.progress));
    if (!printPatch) noteRecorded(recorded);
    for (const warning of warnings) this.progress.tell(warning);
    await this.deliver(this.isJson(flags) ? recordedJson(recorded, printPatch, warnings) : recordedText(recorded, printPatch), flags, EXIT.inSync);
  }
}
