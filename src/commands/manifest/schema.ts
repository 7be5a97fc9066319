// `drift manifest schema`: the JSON Schema that editors read. Reads nothing.
import { DriftCommand } from '../../cli/base-command.ts';
import { EXIT } from '../../cli/exit-codes.ts';

export class ManifestSchema extends DriftCommand {
  static override summary = 'Print the JSON Schema of manifests, for editors.';

  async run(): Promise<void> {
    const { flags } = await this.parse(ManifestSchema);
    const [{ runManifestSchema }, { jsonText }] = await Promise.all([import('../../operations/manifest.ts'), import('../../report/check/json.ts')]);
    await this.deliver(jsonText(runManifestSchema()), flags, EXIT.inSync);
  }
}
