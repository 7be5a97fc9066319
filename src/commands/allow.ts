// `drift allow`: files that no package owns and that stay, written into the manifest with the reason.
import { string as text } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { DriftCommand } from '../cli/base-command.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { noteRecorded } from '../cli/note-recorded.ts';

export class Allow extends DriftCommand {
  static override summary = 'Write into the manifest that files which no package owns may stay, and why.';
  static override description = 'A directory stands for everything below it; a pattern has to be quoted. What has privileges, starts or loads something, listens, or can be changed by others than root is allowed with its digest only: drift computes it for a file, and refuses a pattern that would cover such a file. Where an entry no longer holds, because its day has come or the content is another, --renew makes it say what holds now.';
  static override usage = 'allow PATH... --reason TEXT|--renew';
  static override strict = false;
  static override args = { path: text({ name: 'path', required: true, description: 'A file, a directory or a quoted pattern; several may be given.' }) };
  static override examples = [
    { description: 'A program of our own:', command: '<%= config.bin %> allow /usr/local/bin/backup --reason "our own script" --owner ops@example.org' },
    { description: 'Again, after an update of that program:', command: '<%= config.bin %> allow /usr/local/bin/backup --renew' },
    { description: 'A directory, until a day:', command: '<%= config.bin %> allow /opt/vendor-agent --reason "the vendor ships a tarball only (OPS-12)" --until 2027-03-31' },
  ];
  static override flags = {
    reason: string({ summary: 'Why they stay, for those who come later.', helpValue: 'TEXT' }),
    until: string({ summary: 'The last day on which it holds; then it is a finding.', helpValue: 'YYYY-MM-DD' }),
    owner: string({ summary: 'Who answers for it. Default: the user who called sudo, else the account that drift runs as, unless that is root.', helpValue: 'NAME' }),
    renew: boolean({ summary: 'Replace the entry that is there. Its reason and owner stay, and its end if that is to come, unless you name others.' }),
    sha256: boolean({ summary: 'Write the digest of each file, also where it is not needed.' }),
    'print-patch': boolean({ summary: 'Print the change as a unified diff, and write nothing.' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Allow);
    const [{ runAllow }, { recordedJson, recordedText }] = await Promise.all([import('../operations/decide.ts'), import('../report/deciding/recorded.ts')]);
    const { owner, reason, renew, sha256: digest, until, 'print-patch': printPatch } = flags;
    if (reason === undefined && !renew) this.refuse({ reason: 'usage', message: 'no reason was named', hint: 'say with --reason why they stay; --renew keeps the one that an entry has' });
    const asked = { digest, renew, ...(reason === undefined ? {} : { reason }), ...(until === undefined ? {} : { until }), ...(owner === undefined ? {} : { owner }) };
    const { recorded, warnings } = this.must(await runAllow({ ...this.target(flags), paths: argv as string[], asked, printPatch }, this.progress));
    if (!printPatch) noteRecorded(recorded);
    for (const warning of warnings) this.progress.tell(warning);
    await this.deliver(this.isJson(flags) ? recordedJson(recorded, printPatch, warnings) : recordedText(recorded, printPatch), flags, EXIT.inSync);
  }
}
