// `drift rebuild backup`: what of this host belongs into a backup, as a page, as JSON, and as the files that backup tools are told it with. Changes nothing.
import { boolean } from '@oclif/core/flags';
import { DriftCommand } from '../../cli/base-command.ts';
import { exitCodeOfCoverage } from '../../cli/exit-codes.ts';
import { formatFlag } from '../../cli/format-flag.ts';
import { BACKUP_TOOLS, type BackupReport, type BackupTool } from '../../model/backup.ts';

export class RebuildBackup extends DriftCommand {
  static override summary = 'List what packages do not bring back, and what of it belongs into a backup; change nothing.';
  static override description = 'Each path by what it is: changed and added configuration, data, secrets, who the host is, what runs things, logs, what is made again, strays. Strays are left out, and configuration that runs things is off until the manifest names its digest, so that no backup brings an intruder back. A list is as old as the host was when it was made: make it again before each backup.';
  static override examples = [
    { description: 'The page, as root so that everything can be read:', command: '<%= config.bin %> rebuild backup' },
    { description: 'What tar is to be told; the command to type is shown:', command: '<%= config.bin %> rebuild backup --format tar --output /root/backup.list' },
    { description: 'For restic, with the logs:', command: '<%= config.bin %> rebuild backup --format restic --with-logs --output /root/backup.list' },
  ];
  static override flags = {
    format: formatFlag(['list', 'json', ...BACKUP_TOOLS]),
    'as-is': boolean({ summary: 'Back up strays and what runs things too, whatever the manifest says.' }),
    'with-logs': boolean({ summary: 'Back up logs too.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(RebuildBackup);
    const tool = BACKUP_TOOLS.find((each) => each === flags.format);
    if (tool !== undefined && !flags.json && flags.output === undefined) this.refuse({ reason: 'usage', message: `what ${tool} is told are bytes for a file, and often two`, hint: 'name the file with --output FILE; what is to be left goes into FILE.exclude' });
    const [{ runBackup }, { backupText }, { backupJson }] = await Promise.all([
      import('../../operations/backup.ts'), import('../../report/rebuild/backup-text.ts'), import('../../report/rebuild/backup-json.ts'),
    ]);
    const { coverage, report } = this.must(await runBackup({ ...this.target(flags), asIs: flags['as-is'], withLogs: flags['with-logs'] }, this.progress));
    if (tool !== undefined && !flags.json) {
      await this.#tell(tool, report, flags.output!);
      process.exitCode = exitCodeOfCoverage(coverage);
      return;
    }
    await this.deliver(this.isJson(flags) ? backupJson(report) : backupText(report, this.textOptions(flags, false)), flags, exitCodeOfCoverage(coverage));
  }

  async #tell(tool: BackupTool, report: BackupReport, file: string): Promise<void> {
    const [{ toolFiles }, { visible }] = await Promise.all([import('../../operations/backup.ts'), import('../../report/visible.ts')]);
    const { command, files, refused } = toolFiles(tool, report, file);
    for (const { content, path } of files) await this.save(path, content, 0o600);
    for (const { because, path, wanted } of refused) this.progress.tell(`${tool} cannot be told to ${wanted === 'take' ? 'back up' : 'leave out'} ${visible(path)}: ${because}`);
    this.progress.tell(`to back up: ${command}`);
  }
}
