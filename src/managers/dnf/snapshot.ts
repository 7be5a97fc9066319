// Copies each rpm database into the private directory and writes the dump that everything else here reads. The host's own database is never opened by a program.
import { readPrivateFile, type CopyStamp, type PrivateDirectory } from '../../host/private-directory.ts';
import { querySqlite } from '../../host/sqlite.ts';
import type { Host } from '../../host/host.ts';
import type { Observation } from '../../model/coverage.ts';
import { fail, ok, type Result } from '../../model/result.ts';
import type { ManagerContext, OwnershipSeed } from '../manager.ts';
import { findDatabases, type Database } from './databases.ts';
import { QUERY_FORMAT, databaseLine, emptyLine, removalLine, failureLine, parseDump, transactionLine, type DumpedPackage } from './dump.ts';
import { dumpHeader } from './header.ts';
import { readRuns } from './history.ts';
import { readNdb } from './ndb.ts';

const QUERY_TIMEOUT_MS = 120_000;
const MAX_DUMP_BYTES = 512 * 1024 * 1024;
/** A copy is taken again where somebody wrote meanwhile. */
const COPY_ATTEMPTS = 4;

const REPAIR = 'restore it from a backup or try rpmdb --rebuilddb';

interface Answer {
  readonly text: string;
  readonly packages: number;
  /** Why this is not all there is. */
  readonly problem?: string;
  /** Certainly read, and nothing is in it. */
  readonly empty?: boolean;
}

/** One dump for all databases of the host. What could not be read stands in the dump itself, so that every reader of it knows. */
export async function takeSnapshot(context: ManagerContext): Promise<Observation<OwnershipSeed>> {
  const databases = findDatabases(context.host);
  const parts: string[] = [];
  const problems: { message: string; path: string }[] = [];
  const skipped: { what: string; reason: string }[] = [];
  let readable = 0;
  for (const [at, database] of databases.entries()) {
    const answer = await readDatabase(context, database, `rpm-${at}`);
    if (!answer.ok) {
      const message = answer.error.hint === undefined ? answer.error.message : `${answer.error.message}; ${answer.error.hint}`;
      parts.push(failureLine(database.directory, 0, message));
      problems.push({ message, path: database.file });
    } else if (answer.value.empty === true) {
      // A query makes such a database on a host of another manager; on a host that has no other one, it is a loss.
      if (hasOtherDatabase(context.host, databases, database)) {
        parts.push(emptyLine(database.directory));
        skipped.push({ what: database.file, reason: 'an rpm database without a package' });
        readable++;
      } else {
        const message = `${database.file} holds no package at all; restore it from a backup (rpmdb --rebuilddb cannot bring packages back)`;
        parts.push(failureLine(database.directory, 0, message));
        problems.push({ message, path: database.file });
      }
    } else {
      parts.push(databaseLine(database.directory), answer.value.text);
      if (!answer.value.text.endsWith('\n')) parts.push('\n');
      if (answer.value.problem !== undefined) {
        const message = `${database.file} could be read in part only (${answer.value.packages} packages): ${answer.value.problem}`;
        parts.push(failureLine(database.directory, answer.value.packages, message));
        problems.push({ message, path: database.file });
      }
      readable++;
    }
  }
  if (databases.length === 0) {
    const message = 'no rpm database was found';
    parts.push(failureLine('', 0, message));
    problems.push({ message, path: '/var/lib/rpm' });
  }
  const text = parts.join('');
  const { runs, removals } = readRuns(context);
  const ends = transactionEnds(parseDump(text, false).packages, runs);
  const lines = [...ends].map(([tid, end]) => transactionLine(tid, end)).join('') + removals.map(removalLine).join('');
  context.scratch().remove('rpm-dump');
  const dump = context.scratch().write('rpm-dump', Buffer.from(lines + text, 'latin1'));
  const status = problems.length === 0 ? 'complete' : readable > 0 ? 'partial' : 'failed';
  return { value: { manager: 'dnf', dump }, coverage: { source: 'dnf/database', status, problems, skipped } };
}

async function readDatabase(context: ManagerContext, database: Database, name: string): Promise<Result<Answer>> {
  const scratch = context.scratch();
  const copied = copyDatabase(context.host, scratch, database, name);
  if (!copied.ok) return copied;
  const file = `${scratch.path}/${name}/${baseName(database)}`;
  let answer: Result<Answer>;
  switch (database.backend) {
    case 'ndb': answer = readWithoutRpm(readNdb(readPrivateFile(file))); break;
    case 'sqlite': answer = await readSqlite(context, database, file, `${scratch.path}/${name}`); break;
    case 'bdb': answer = await askRpm(context, database, `${scratch.path}/${name}`); break;
  }
  scratch.remove(name);
  if (!answer.ok) return fail(answer.error.reason, `${database.file} cannot be read: ${answer.error.message}`, answer.error.hint);
  return answer;
}

function copyDatabase(host: Host, scratch: PrivateDirectory, database: Database, name: string): Result<CopyStamp> {
  for (let attempt = 1; ; attempt++) {
    scratch.remove(name);
    const before = stampOf(host, database);
    const copied = scratch.copyFrom(host, database.file, `${name}/${baseName(database)}`);
    if (!copied.ok) return copied;
    // The write-ahead log holds what is not in the main file yet. Its index (-shm) is made anew, a copied one may lie.
    if (database.backend === 'sqlite' && host.exists(`${database.file}-wal`)) {
      const log = scratch.copyFrom(host, `${database.file}-wal`, `${name}/${baseName(database)}-wal`);
      if (!log.ok && log.error.reason !== 'ENOENT') return log;
    }
    if (stampOf(host, database) === before || attempt === COPY_ATTEMPTS) return copied;
  }
}

function stampOf(host: Host, database: Database): string {
  const parts = [database.file, `${database.file}-wal`].map((path) => host.stat(path));
  return parts.map((stat) => (stat.ok ? `${stat.value.size}/${stat.value.mtimeMs}/${stat.value.ino}` : '-')).join(' ');
}

function baseName(database: Database): string {
  return database.file.slice(database.file.lastIndexOf('/') + 1);
}

/** rpm's answer, held against the number of rows: an rpm that cannot read the backend says nothing and exits with 0. */
async function readSqlite(context: ManagerContext, database: Database, file: string, directory: string): Promise<Result<Answer>> {
  const counted = querySqlite(file, 'SELECT count(*) FROM Packages');
  if (!counted.ok) {
    const tables = querySqlite(file, 'SELECT count(*) FROM sqlite_master');
    if (tables.ok && Number(tables.value[0]?.[0]) === 0) return ok({ text: '', packages: 0, empty: true });
    return fail('damaged', counted.error.message, REPAIR);
  }
  const rows = Number(counted.value[0]?.[0]);
  if (rows === 0) return ok({ text: '', packages: 0, empty: true });
  const answer = await askRpm(context, database, directory);
  const answered = answer.ok ? answer.value.packages : 0;
  if (answer.ok && answered === rows) return answer;
  // No rpm on this machine, or one that does not know the backend or some header.
  const own = readWithoutRpm(readSqliteBlobs(file));
  if (!own.ok) return answer.ok && answered > 0 ? ok({ ...answer.value, problem: `${rows - answered} of ${rows} packages are not readable` }) : own;
  if (answer.ok || answer.error.reason === 'tool-missing' || own.value.problem !== undefined) return own;
  return ok({ ...own.value, problem: answer.error.message });
}

function readSqliteBlobs(file: string): Result<readonly Uint8Array[]> {
  const rows = querySqlite(file, 'SELECT blob FROM Packages ORDER BY hnum');
  return rows.ok ? ok(rows.value.map((row) => (row[0] instanceof Uint8Array ? row[0] : new Uint8Array(0)))) : rows;
}

/** Headers that were taken out of the database by our own reader. */
function readWithoutRpm(blobs: Result<readonly Uint8Array[]>): Result<Answer> {
  if (!blobs.ok) return blobs;
  if (blobs.value.length === 0) return ok({ text: '', packages: 0, empty: true });
  const parts: string[] = [];
  let damaged = 0;
  let first = '';
  for (const blob of blobs.value) {
    const dumped = dumpHeader(blob);
    if (dumped.ok) parts.push(dumped.value);
    else if (damaged++ === 0) first = dumped.error.message;
  }
  if (parts.length === 0) return fail('damaged', `none of its ${damaged} headers can be read (${first})`);
  const read = { text: parts.join(''), packages: parts.length };
  return ok(damaged === 0 ? read : { ...read, problem: `${damaged} headers are damaged (${first})` });
}

async function askRpm(context: ManagerContext, database: Database, directory: string): Promise<Result<Answer>> {
  const answer = await context.host.query({
    tool: 'rpm',
    args: ['--dbpath', directory, '-qa', '--nodigest', '--nosignature', '--queryformat', QUERY_FORMAT],
    timeoutMs: QUERY_TIMEOUT_MS,
    maxBytes: MAX_DUMP_BYTES,
  });
  if (!answer.ok) {
    return answer.error.reason === 'tool-missing' ? fail('tool-missing', 'this machine has no rpm to read it with', 'install rpm (apt-get install rpm)') : answer;
  }
  const text = answer.value.stdout.toString('latin1');
  // rpm names our copy; the reader knows the original.
  const error = errorOf(answer.value.stderr.replaceAll(directory, database.directory));
  const packages = parseDump(text, false).packages.length;
  if (packages === 0) {
    const why = error ?? (answer.value.exitCode === 0 ? 'rpm finds no package in it' : `rpm ended with ${answer.value.exitCode}`);
    return fail('damaged', why, REPAIR);
  }
  if (error !== undefined || answer.value.exitCode !== 0) return ok({ text, packages, problem: error ?? `rpm ended with ${answer.value.exitCode}` });
  return ok({ text, packages });
}

/** rpm prints what it could read, says "error:" and exits with 0 all the same. */
function errorOf(stderr: string): string | undefined {
  const line = stderr.split('\n').find((each) => each.startsWith('error:') || /^rpmdb.*: BAD/.test(each) || each.includes('skipping h#'));
  return line?.replace(/^error: /, '').slice(0, 300);
}

function hasOtherDatabase(host: Host, databases: readonly Database[], than: Database): boolean {
  if (databases.some((each) => each !== than && each.size > 0)) return true;
  const status = host.stat('/var/lib/dpkg/status');
  return status.ok && status.value.size > 0;
}

/**
 * When each rpm transaction was over. INSTALLTIME is taken before the scripts of the last packages and %posttrans ran, in whole seconds;
 * dnf's history knows the end of the run around it. Measured on hosts of 17 and 197 packages: of 7,479 files none but directories, and
 * passwd and group, changed more than a second after the last INSTALLTIME of their transaction.
 */
function transactionEnds(packages: readonly DumpedPackage[], runs: readonly { begin: number; end: number }[]): Map<number, number> {
  const ends = new Map<number, number>();
  for (const each of packages) {
    if (each.installTime > 0) ends.set(each.transaction, Math.max(ends.get(each.transaction) ?? 0, each.installTime));
  }
  for (const [tid, last] of ends) {
    const run = runs.find(({ begin, end }) => begin <= tid && last <= end);
    ends.set(tid, Math.max(last, run?.end ?? 0));
  }
  return ends;
}
