// `drift rebuild keep`: rebuild list and backup list, written where the manifest has them kept. Changes nothing of the host but those files.
import { DriftCommand } from '../../cli/base-command.ts';
import { exitCodeOfCoverage } from '../../cli/exit-codes.ts';

export class RebuildKeep extends DriftCommand {
  static override summary = 'Write the rebuild list and the backup list where policy.rebuild.to of the manifest has them kept.';
  static override description = 'The directory should be on a disk that is not lost with the host. Three files, named after the host: .rebuild.json, .rebuild.sh (the same as a script) and .backup.json, readable by root alone, each written whole or not at all; what stands there with the same bytes is not written again. What the manifest does not declare is left out, as drift rebuild has it. drift check says when they are missing or too old (rebuild-stale).';
  static override examples = [
    { description: 'What the timer of the packages does:', command: '<%= config.bin %> rebuild keep' },
    { description: 'What changed since:', command: '<%= config.bin %> rebuild diff /mnt/backup/web-1.rebuild.json' },
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(RebuildKeep);
    const [{ runKeep }, { keptJson, keptText }] = await Promise.all([import('../../operations/keep-lists.ts'), import('../../report/rebuild/kept-text.ts')]);
    const kept = this.must(await runKeep(this.target(flags), this.progress));
    if (kept.place.onRoot) this.progress.tell(`${kept.place.directory} lies on the same file system as /: what loses this host loses its lists too`);
    await this.deliver(this.isJson(flags) ? keptJson(kept) : keptText(kept), flags, exitCodeOfCoverage(kept.coverage));
  }
}
