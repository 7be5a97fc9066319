// `drift rebuild`: the list from which a host is built again, in the form that is asked for. Changes nothing.
import { boolean, string } from '@oclif/core/flags';
import { DriftCommand, type GlobalFlags } from '../../cli/base-command.ts';
import { exitCodeOfCoverage } from '../../cli/exit-codes.ts';
import { formatFlag } from '../../cli/format-flag.ts';
import type { RebuildList } from '../../model/rebuild.ts';

export class Rebuild extends DriftCommand {
  static override summary = 'List what this host is built again from; change nothing.';
  static override description = 'Packages, repositories with their keys, marks, pins, settings, accounts and notes. What cannot be rebuilt stands first. What the manifest does not declare is left out, so that a list of a host that was broken into does not bring the intruder back. Configuration and data come from a backup.';
  static override examples = [
    { description: 'The page, as root so that everything can be read:', command: '<%= config.bin %> rebuild' },
    { description: 'The list, to be kept away from this disk:', command: '<%= config.bin %> rebuild --json --output /mnt/backup/web.rebuild.json' },
    { description: 'A script for a rescue shell; it shows what it would do until it is run with --apply:', command: '<%= config.bin %> rebuild --format sh --output rebuild.sh' },
    { description: 'From the manifest, without looking at the host:', command: '<%= config.bin %> rebuild --from-manifest --manifest web.yaml' },
  ];
  static override flags = {
    format: formatFlag(['list', 'json', 'manifest', 'sh', 'ansible']),
    'from-manifest': boolean({ summary: 'Make the list from the manifest alone.' }),
    'as-is': boolean({ summary: 'Leave nothing out that packages and repositories bring, whatever the manifest says.', exclusive: ['from-manifest'] }),
    versions: string({ summary: 'Whether a newer version of the same repository is as good.', options: ['at-least', 'exact'], default: 'at-least' }),
    'keep-packages': string({ summary: 'Write packages that no repository has any more into this directory: from the cache, or put together again.', helpValue: 'DIR', exclusive: ['from-manifest'] }),
    'with-secrets': boolean({ summary: 'Put passwords of sources and answers into the list. Never password hashes or secret keys.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Rebuild);
    const { runRebuild } = await import('../../operations/rebuild.ts');
    const versions = flags.versions as RebuildList['versions'];
    const { coverage, list } = this.must(await runRebuild({ ...this.target(flags), fromManifest: flags['from-manifest'] === true, asIs: flags['as-is'] === true, versions, withSecrets: flags['with-secrets'] === true, ...(flags['keep-packages'] === undefined ? {} : { keepPackages: flags['keep-packages'] }) }, this.progress));
    if (list.manifest.length === 0) this.progress.tell('no manifest, so packages were not compared with one: the list has them as they are');
    const text = await this.formOf(list, flags);
    const code = exitCodeOfCoverage(coverage);
    if (flags.output === undefined) return this.deliver(text, flags, code);
    // What stands on a host is nobody else's business.
    await this.save(flags.output, text, 0o600);
    process.exitCode = code;
  }

  private async formOf(list: RebuildList, flags: GlobalFlags): Promise<string> {
    const format = flags.json ? 'json' : flags.format;
    switch (format) {
      case 'json': return (await import('../../report/rebuild/rebuild-json.ts')).rebuildJson(list);
      case 'manifest': case 'sh': case 'ansible': return (await import('../../operations/rebuilding/rebuild-forms.ts')).formOf(list, format);
      default: return (await import('../../report/rebuild/rebuild-text.ts')).rebuildText(list, this.textOptions(flags, false));
    }
  }
}
