// The story of `drift rebuild keep`: the host is looked at once, and its rebuild list, that as a script, and its backup list go where the manifest has them kept.
import { createHash } from 'node:crypto';
import { keepFile, keptPlace } from '../host/kept-directory.ts';
import { readHostFacts } from '../host/host-facts.ts';
import { KEPT_LISTS, keptName, type Kept, type KeptList } from '../model/kept-lists.ts';
import type { Progress } from '../model/progress.ts';
import { fail, ok, type Result } from '../model/result.ts';
import { shellForm } from '../rebuild/shell/shell-form.ts';
import { backupJson } from '../report/rebuild/backup-json.ts';
import { rebuildJson } from '../report/rebuild/rebuild-json.ts';
import { reportOf } from './backup.ts';
import { compareHost } from './check.ts';
import { readDesiredState } from './reading/load-manifest.ts';
import { openRoot } from './open-root.ts';
import type { TargetOptions } from './options.ts';
import { listOfCompared } from './rebuild.ts';
import { VERSION } from './version.ts';

/** 'root-read-only' under --root, 'not-root', 'no-place', 'bad-place', 'incomplete', 'output-failed'. What was kept before stands until the new one is whole. */
export async function runKeep(options: TargetOptions, progress: Progress): Promise<Result<Kept>> {
  if (options.root !== '/') return fail('root-read-only', 'what --root names is only looked at, and keeps no lists', 'drift rebuild --root DIR --json --output FILE');
  if (process.geteuid!() !== 0) return fail('not-root', 'only root sees all that belongs into the lists', 'run drift as root');
  const opened = openRoot(options.root);
  if (!opened.ok) return opened;
  const facts = readHostFacts(opened.value);
  const desired = await readDesiredState(options, facts);
  if (!desired.ok) return desired;
  const to = desired.value?.policy.rebuild?.to;
  if (to === undefined) return fail('no-place', 'no manifest says where the lists are kept', 'name a directory on another disk: policy: { rebuild: { to: /mnt/backup } }');
  const place = keptPlace(to);
  if (place.problem !== undefined) return fail('bad-place', `no list can be kept in ${to}: ${place.problem}`, 'mount it, or mend it, or name another directory in policy.rebuild.to');
  const compared = await compareHost(options, { verify: false, sweep: true, channels: true, inventory: true }, progress);
  if (!compared.ok) return compared;
  const { managers } = compared.value.observed.state;
  const unread = managers.filter(({ usable }) => !usable).map(({ manager }) => manager);
  // On the day that the database is damaged, what was kept before is all that there is.
  if (unread.length > 0) return fail('incomplete', `the packages of ${unread.join(' and ')} cannot be read, so that the lists that are kept were left as they are`, 'drift check says what is wrong');
  progress.step('making the lists');
  const { coverage, list } = listOfCompared(compared.value, { asIs: false, versions: 'at-least', withSecrets: false });
  const contents: Readonly<Record<KeptList, () => string>> = { 'rebuild.json': () => rebuildJson(list), 'rebuild.sh': () => kept(shellForm(list)), 'backup.json': () => backupJson(reportOf(compared.value)) };
  const files: Kept['files'][number][] = [];
  for (const each of KEPT_LISTS) {
    const content = Buffer.from(contents[each](), 'utf8');
    const name = keptName(facts.name, each);
    const written = keepFile(to, name, content);
    if (!written.ok) return written;
    files.push({ path: `${to}/${name}`, sha256: createHash('sha256').update(content).digest('hex'), written: written.value });
  }
  return ok({ drift: VERSION, place, files, coverage });
}

/** Without its first line a file that may not be run is a text, also to who looks for programs that nobody brought; `sh FILE` takes it as well. */
function kept(script: string): string {
  return script.replace(/^#!.*\n/, '');
}
