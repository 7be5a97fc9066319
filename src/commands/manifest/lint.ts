// `drift manifest lint`: mistakes in a manifest, with the lines that hold them. Reads the manifest only.
import { string } from '@oclif/core/args';
import { DriftCommand } from '../../cli/base-command.ts';
import { EXIT } from '../../cli/exit-codes.ts';

export class ManifestLint extends DriftCommand {
  static override summary = 'Check a manifest for mistakes.';
  static override usage = 'manifest lint [FILE...]';
  static override strict = false;
  static override args = { file: string({ name: 'file', description: 'The manifest; the same as --manifest.' }) };
  static override examples = ['<%= config.bin %> manifest lint web.yaml'];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(ManifestLint);
    const [{ runManifestLint }, { lintJson, lintText }] = await Promise.all([import('../../operations/manifest.ts'), import('../../report/lint.ts')]);
    const files = argv as string[];
    const target = files.length === 0 ? this.target(flags) : { ...this.target(flags), manifestFiles: [...(flags.manifest ?? []), ...files], explicitManifest: true };
    const result = this.must(await runManifestLint(target));
    await this.deliver(this.isJson(flags) ? lintJson(result) : lintText(result), flags, result.problems.length > 0 ? EXIT.failed : EXIT.inSync);
  }
}
