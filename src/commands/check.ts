// `drift check`: compare, report, change nothing.
import { boolean, string } from '@oclif/core/flags';
import { DriftCommand } from '../cli/base-command.ts';
import { exitCodeOfCheck, GATED_KIND, isCounted, PLUGIN_CODE } from '../cli/exit-codes.ts';
import { formatFlag } from '../cli/format-flag.ts';
import { historyFlag } from '../cli/history-flag.ts';
import { FINDING_KINDS, SEVERITIES, type Finding, type FindingKind, type Severity } from '../model/finding.ts';
import { CHECK_FORMATS, checkAs, type CheckFormat } from '../report/formats/check-formats.ts';
import { pluginStatus } from '../report/formats/nagios.ts';

export class Check extends DriftCommand {
  static override summary = 'Compare this host with its manifest and its package database; change nothing.';
  static override description = 'Without a manifest, what needs none is reported: programs that no package owns, packaged files that changed, broken packages. `drift init` prints a manifest to start from.';
  static override examples = [
    { description: 'This host, as root so that everything can be read:', command: '<%= config.bin %> check' },
    { description: 'A mounted disk, with content of all packaged files:', command: '<%= config.bin %> check --root /mnt/sysroot --verify' },
    { description: 'For programs:', command: '<%= config.bin %> check --json --fail-on high' },
    { description: 'For Nagios or Icinga, with their exit codes:', command: '<%= config.bin %> check --format nagios --fail-on medium' },
    { description: 'A page to read or to send:', command: '<%= config.bin %> check --format html --output /root/drift.html' },
    { description: 'Only what is new since `drift baseline` recorded what is accepted:', command: '<%= config.bin %> check --baseline /etc/drift/baseline.json' },
    { description: 'From a timer, telling the journal, and mail where the manifest asks for it, what is new since the last time:', command: '<%= config.bin %> check --notify' },
    { description: 'Before a host goes into service, until every listener is confirmed:', command: '<%= config.bin %> check --gate' },
  ];
  static override flags = {
    only: string({ summary: 'Only these kinds of findings; they decide the exit code.', description: `KIND is one of ${FINDING_KINDS.join(', ')}.`, helpValue: 'KIND', multiple: true, delimiter: ',', options: FINDING_KINDS }),
    'fail-on': string({ summary: 'Exit with 2 for findings of at least this severity.', helpValue: 'SEVERITY', options: SEVERITIES, default: 'low' }),
    verify: boolean({ summary: 'Compare the content of all packaged files, not only of those that changed since their installation.' }),
    'no-sweep': boolean({ summary: 'Do not walk the file systems for what no package owns.' }),
    baseline: string({ summary: 'Report only what is not in this file of drift baseline.', helpValue: 'FILE' }),
    gate: boolean({ summary: 'Exit with 2 while anything listens beyond this host that nobody has confirmed, however light it weighs.' }),
    notify: boolean({ summary: 'Tell the journal, and by mail those whom policy.notify names, what is new since the last run with --notify.' }),
    history: historyFlag(),
    format: formatFlag(CHECK_FORMATS),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Check);
    if (flags.json && flags.format !== 'text' && flags.format !== 'json') this.refuse({ reason: 'usage', message: `--json and --format ${flags.format} contradict each other`, hint: 'give one of them' });
    const { runCheck } = await import('../operations/check.ts');
    if (flags.gate && flags.root !== '/') this.refuse({ reason: 'not-applicable', message: '--gate is about what listens, and nothing runs in a directory', hint: 'run it on the host itself, without --root' });
    if (flags.notify && (flags.root !== '/' || flags.only !== undefined || flags['no-sweep'])) this.refuse({ reason: 'not-applicable', message: '--notify is about everything on the host itself', hint: 'leave out --root, --only and --no-sweep, or --notify' });
    const named = (flags.only ?? []) as FindingKind[];
    // The gate is about all of them, also where a person wants to read of something else.
    const only = flags.gate && named.length > 0 ? [...named, GATED_KIND] : named;
    const looking = { verify: flags.verify, sweep: !flags['no-sweep'], gate: flags.gate, history: flags.history, ...(flags.baseline === undefined ? {} : { baseline: flags.baseline }) };
    const failOn = flags['fail-on'] as Severity;
    const counts = (finding: Finding): boolean => isCounted(finding, failOn, flags.gate);
    const options = { ...this.target(flags), only, ...looking };
    const report = this.must(flags.notify ? await (await import('../operations/notify.ts')).runNotifyingCheck(options, { counts, failOn }, this.progress) : await runCheck(options, this.progress));
    if (report.manifest.length === 0) this.progress.tell('no manifest, so packages were not compared with one; drift init prints a manifest to start from');
    const exitCode = exitCodeOfCheck(report, failOn, flags.gate);
    const verdict = { exitCode, counts };
    const format = this.isJson(flags) ? 'json' : flags.format as CheckFormat;
    const { inTurns } = await import('../operations/in-turns.ts');
    const text = await inTurns(await checkAs(format, report, verdict, this.textOptions(flags, named.length > 0)));
    await this.deliver(text, flags, format === 'nagios' ? PLUGIN_CODE[pluginStatus(report, verdict)] : exitCode);
  }
}
