// `drift manifest show`: what the manifest means once included files are merged and conditions decided. Reads the manifest and os-release.
import { DriftCommand } from '../../cli/base-command.ts';
import { EXIT } from '../../cli/exit-codes.ts';

export class ManifestShow extends DriftCommand {
  static override summary = 'Show what a manifest means, and where each line came from.';

  async run(): Promise<void> {
    const { flags } = await this.parse(ManifestShow);
    const [{ runManifestShow }, { jsonText }] = await Promise.all([import('../../operations/manifest.ts'), import('../../report/check/json.ts')]);
    const shown = this.must(await runManifestShow(this.target(flags)));
    await this.deliver(this.isJson(flags) ? jsonText(shown.value) : shown.text, flags, EXIT.inSync);
  }
}
