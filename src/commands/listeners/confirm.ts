// `drift listeners confirm`: writes to the manifest that what listens on a port belongs there, as it is now.
import { string as word } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { DriftCommand, type GlobalFlags } from '../../cli/base-command.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { noteRecorded } from '../../cli/note-recorded.ts';
import { dialogueOr, noteEntries } from '../../cli/prompts.ts';

export class ListenersConfirm extends DriftCommand {
  static override summary = 'Say in the manifest that what listens on a port belongs there.';
  static override description = 'Writes who listens there now: the package of the program, or the path and digest of one that no package owns, its unit and its user. When any of it changes, the confirmation no longer holds; --renew confirms it as it is now. Asks nothing when a port is named.';
  static override usage = 'listeners confirm PORT[/PROTO] [FLAGS]';
  static override args = { port: word({ name: 'port', description: 'A port as `drift listeners` shows it: 443/tcp, or 443.' }) };
  static override examples = [
    { description: 'Confirm the web server:', command: '<%= config.bin %> listeners confirm 443/tcp --by alice --reason OPS-12' },
    { description: 'Again, after it changed or its day has come:', command: '<%= config.bin %> listeners confirm 443/tcp --renew --until 2027-12-31' },
    { description: 'For a manifest that is kept in git:', command: '<%= config.bin %> listeners confirm 443/tcp --manifest web.yaml --print-patch' },
    { description: 'All that nobody has confirmed, one by one:', command: '<%= config.bin %> listeners confirm --all' },
  ];
  static override flags = {
    address: string({ summary: 'Only what listens on this address; any for what takes all.', helpValue: 'ADDRESS' }),
    program: string({ summary: 'Only what this program holds.', helpValue: 'PATH' }),
    unit: string({ summary: 'Only what this systemd unit holds.', helpValue: 'UNIT' }),
    namespace: string({ summary: 'In this network namespace.', helpValue: 'NAME' }),
    by: string({ summary: 'Who confirms. Default: the user who called sudo, else the account that drift runs as.', helpValue: 'NAME' }),
    reason: string({ summary: 'Why it belongs there.', helpValue: 'TEXT' }),
    until: string({ summary: 'The last day on which it is confirmed.', helpValue: 'YYYY-MM-DD' }),
    renew: boolean({ summary: 'Replace the entry that is there. Its reason stays, and its end if that is to come, unless you name others.' }),
    'print-patch': boolean({ summary: 'Print the change of the manifest as a patch, and write nothing.' }),
    all: boolean({ summary: 'Walk through all that nobody has confirmed, at a terminal.', exclusive: ['address', 'program', 'unit', 'namespace', 'reason', 'until', 'renew', 'print-patch'] }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ListenersConfirm);
    if (flags.all) return this.#walk(args.port, flags);
    if (args.port === undefined) this.refuse({ reason: 'usage', message: 'no port was named', hint: 'drift listeners shows them; --all walks through all of them' });
    const [{ runConfirm }, { recordedJson, recordedText }] = await Promise.all([import('../../operations/confirm-listeners.ts'), import('../../report/deciding/recorded.ts')]);
    const { address, by, namespace, program, reason, renew, unit, until } = flags;
    const options = { ...this.target(flags), port: args.port, address, by, namespace, program, reason, renew, unit, until, printPatch: flags['print-patch'] };
    const recorded = this.must(await runConfirm(options, this.progress));
    if (!options.printPatch) noteRecorded(recorded);
    const text = (this.isJson(flags) ? recordedJson : recordedText)(recorded, flags['print-patch']);
    await this.deliver(text, flags, EXIT.inSync);
  }

  /** One by one: what a person did not see, they did not confirm. */
  async #walk(port: string | undefined, flags: GlobalFlags & { readonly by?: string | undefined }): Promise<void> {
    if (port !== undefined) this.refuse({ reason: 'usage', message: `--all is about every port, and ${port} was named`, hint: 'leave out one of the two' });
    const dialogue = this.must(dialogueOr('--all asks about each port', 'name a port: drift listeners confirm 443/tcp', this.progress));
    try {
      const [{ runConfirmAll }, { summaryText }] = await Promise.all([import('../../operations/confirm-listeners.ts'), import('../../report/deciding/triage-text.ts')]);
      const summary = this.must(await runConfirmAll({ ...this.target(flags), by: flags.by }, { dialogue, text: this.textOptions(flags, false), wrote: noteEntries }, this.progress));
      await this.deliver(summaryText(summary), flags, summary.ended === 'stopped' ? EXIT.interrupted : EXIT.inSync);
    } finally {
      dialogue.close();
    }
  }
}
