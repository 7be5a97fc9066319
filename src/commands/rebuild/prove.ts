// `drift rebuild prove`: builds a fresh root from the list alone, unpacks the backup set, and compares both with this host. Changes nothing of the host but drift's own record.
import { string as word } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { DriftCommand } from '../../cli/base-command.ts';
import { exitCodeOfProof } from '../../cli/exit-codes.ts';
import { withSafeStop } from '../../cli/signals.ts';
import type { RebuildList } from '../../model/rebuild.ts';

export class RebuildProve extends DriftCommand {
  static override summary = 'Build this host again in a directory, from its rebuild list alone, and name every difference.';
  static override description = 'Packages are fetched from the repositories of the list, or from a directory, and installed in a root of their own, in namespaces without a network; no service is started. Then the backup set is unpacked there, and both roots are compared by the stages of drift check. The root is removed again, whatever happens, but with --keep-root. What came of it is kept in /var/lib/drift/proofs.';
  static override examples = [
    { description: 'From the configured repositories, without a backup:', command: '<%= config.bin %> rebuild prove' },
    { description: 'With the backup set, offline, from a directory of packages or a mirror:', command: '<%= config.bin %> rebuild prove --repository /srv/mirror --backup /mnt/backup/web.tar' },
    { description: 'A list that was kept elsewhere, against this host:', command: '<%= config.bin %> rebuild prove /mnt/backup/web.rebuild.json' },
    { description: 'To start its services afterwards, in a container:', command: '<%= config.bin %> rebuild prove --backup set.tar --directory /mnt/scratch --keep-root /mnt/scratch/web-1' },
    { description: 'On a disk that is large enough:', command: '<%= config.bin %> rebuild prove --directory /mnt/scratch' },
  ];
  static override args = {
    list: word({ description: 'A list that drift rebuild --json wrote; without it, that of this host as it is.' }),
  };

  static override flags = {
    repository: string({ summary: 'Take packages from this directory (a mirror with dists/, or a repository of dnf), and nothing from the network.', helpValue: 'DIR' }),
    backup: string({ summary: 'The backup set: a tar archive, or the directory that it was restored to.', helpValue: 'FILE|DIR' }),
    directory: string({ summary: 'Build below this directory; it needs the room of the whole host, twice.', helpValue: 'DIR', default: '/var/tmp' }),
    'keep-root': string({ summary: 'Keep the rebuilt root as this new directory, on the disk of --directory: to start its services in a container, or to look into it.', helpValue: 'DIR' }),
    versions: string({ summary: 'Whether a newer version of the same repository is as good.', options: ['at-least', 'exact'], default: 'at-least' }),
    'as-is': boolean({ summary: 'Leave nothing out of the list, whatever the manifest says.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(RebuildProve);
    const [{ runProve }, { proofText }, { proofJson }] = await Promise.all([
      import('../../operations/prove.ts'), import('../../report/rebuild/proof-text.ts'), import('../../report/rebuild/proof-json.ts'),
    ]);
    const options = {
      ...this.target(flags), directory: flags.directory, asIs: flags['as-is'], versions: flags.versions as RebuildList['versions'],
      ...(args.list === undefined ? {} : { list: args.list }), ...(flags['keep-root'] === undefined ? {} : { keepRoot: flags['keep-root'] }), ...(flags.repository === undefined ? {} : { repository: flags.repository }), ...(flags.backup === undefined ? {} : { backup: flags.backup }),
    };
    await withSafeStop(async (stop) => {
      const result = await runProve(options, () => stop.asked() !== undefined, this.progress);
      const asked = stop.asked();
      if (asked !== undefined) {
        this.progress.tell('stopped; the rebuilt root is removed, and nothing of the host was changed');
        process.exitCode = asked;
        return;
      }
      const { coverage, proved } = this.must(result);
      await this.deliver(this.isJson(flags) ? proofJson(proved) : proofText(proved, this.textOptions(flags, false)), flags, exitCodeOfProof(proved.differences.length, coverage));
    });
  }
}
