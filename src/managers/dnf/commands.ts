// The commands of dnf(8) that a plan holds. Packages are named whole ('name-1:2.0-1.x86_64'): to dnf a bare word may be a pattern, a group, a file or what a package provides.
import type { Host } from '../../host/host.ts';
import { archiveKey, type PackageCommands, type TransactionOptions } from '../../model/package-commands.ts';
import type { PackageChange } from '../../model/plan.ts';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/;
const ARCHITECTURE = /^[A-Za-z0-9_]*$/;
const VERSION = /^(?:[0-9]+:)?[A-Za-z0-9._+~^]+-[A-Za-z0-9._+~^]+$/;

const DNF = '/usr/bin/dnf';
type Verb = 'remove' | 'install' | 'downgrade' | 'reinstall';
/* dnf has no command that does several of them at once. */
const VERBS: readonly Verb[] = ['remove', 'downgrade', 'install', 'reinstall'];

export function dnfCommands(host: Host): PackageCommands {
  const isDnf5 = host.realpath(DNF).ok && host.exists('/usr/bin/dnf5');
  // Part of dnf 5; a plugin of dnf 4, whose settings come with it.
  const locks = isDnf5 || host.exists('/etc/dnf/plugins/versionlock.conf');
  return {
    unsafe({ arch, from, name, to }) {
      if (!NAME.test(name)) return 'its name would mean something else to dnf';
      if (!ARCHITECTURE.test(arch)) return 'its architecture is none that rpm knows';
      return [from, to].every((version) => version === undefined || VERSION.test(version)) ? undefined : 'its version is not whole (VERSION-RELEASE), or none that a command line may hold';
    },
    split: (changes) => VERBS.map((verb) => changes.filter((change) => verbOf(change) === verb)).filter((each) => each.length > 0),
    transaction(changes, options) {
      const args = transactionArguments(changes, options);
      // What conflicts with it may still be there when it is fetched; nothing is erased by that. To dnf 5 these are options of the command, and stand behind its name.
      return { ...(verbOf(changes[0]!) === 'remove' ? {} : { download: [DNF, ...args.slice(0, args.indexOf('--')), '--downloadonly', '--allowerasing', ...args.slice(args.indexOf('--'))] }), argv: [DNF, ...args] };
    },
    fetch: ({ arch, name, version }, directory) => ({
      argv: [DNF, '-y', 'reinstall', '--downloadonly', `--destdir=${directory}`, '--', `${name}-${version}.${arch}`], file: `${name}-${version.replace(/^\d+:/, '')}.${arch}.rpm`,
    }),
    configure: () => undefined,
    hold: ({ name }, hold) => (locks ? [DNF, '-y', 'versionlock', hold ? 'add' : 'delete', '--', name] : undefined),
    mark: ({ name }, mark) => [DNF, '-y', 'mark', ...(isDnf5 ? [mark === 'manual' ? 'user' : 'dependency'] : [mark === 'manual' ? 'install' : 'remove']), '--', name],
  };
}

export function verbOf({ change }: PackageChange): Verb {
  return change === 'remove' || change === 'purge' ? 'remove' : change === 'upgrade' ? 'install' : change;
}

/** `changes` of one verb. */
export function transactionArguments(changes: readonly PackageChange[], { archives, recommends }: TransactionOptions): readonly string[] {
  const verb = verbOf(changes[0]!);
  const settings = ['-y', '--setopt=clean_requirements_on_remove=False', `--setopt=install_weak_deps=${recommends ? 'True' : 'False'}`];
  const whole = ({ arch, from, name, to, toArch = arch }: PackageChange): string => `${name}-${(verb === 'remove' ? from : to) ?? ''}${toArch === '' ? '' : `.${toArch}`}`;
  return [...settings, verb, '--', ...changes.map((change) => archives?.get(archiveKey(change)) ?? whole(change))];
}
