// What strays are and how they came: product and version, copies of packaged files, other channels' records, what the package managers' logs and repositories say.
import { setImmediate as turn } from 'node:timers/promises';
import type { Host } from '../../host/host.ts';
import { packagedPlaces } from '../../drift/products/packaged-twin.ts';
import { packageNamesFor } from '../../drift/running/upgrades.ts';
import { findRecords } from '../../evidence/channels/find-records.ts';
import { readChannels, type Channels } from '../../evidence/channels/read-channels.ts';
import type { FoundRecord } from '../../evidence/channels/places.ts';
import { strayHistory } from '../../evidence/history/stray-history.ts';
import { identityOf, readContent, recordedAs, type Content } from '../../evidence/identify.ts';
import type { ManagerContext, OwnershipSeed, PackageManager } from '../../managers/manager.ts';
import { compareBytes, parentOf, type BytePath } from '../../model/bytes.ts';
import type { Coverage, Observation } from '../../model/coverage.ts';
import { typeOfMode, type FileFacts, type FileStat } from '../../model/file.ts';
import type { AvailablePackage, Identity, PackageEvent } from '../../model/identity.ts';
import { append } from '../../model/multimap.ts';
import type { ObservedState, UnownedFile } from '../../model/observed.ts';
import type { RuntimeState } from '../../model/runtime.ts';
import { inTurns } from '../in-turns.ts';
import type { Answers, Questions } from '../scan/answers.ts';

export interface StrayQuestions {
  readonly host: Host;
  readonly managers: readonly PackageManager[];
  readonly seeds: readonly OwnershipSeed[];
  readonly context: ManagerContext;
  readonly unowned: readonly UnownedFile[];
  /** Paths that nobody owns and that run, listen or are started; data too. */
  readonly used: readonly BytePath[];
  readonly runtime: RuntimeState | undefined;
  /** Software of other channels is compared, so that all of it is wanted. */
  readonly channels: boolean;
  /** Shell histories and logs of logins too. */
  readonly history: boolean;
  /** What repositories have of the same products: their indexes are large. */
  readonly origins: boolean;
  ask(questions: Questions): Promise<Answers>;
}

export type StrayKnowledge = Pick<ObservedState, 'identities' | 'histories' | 'channelPackages' | 'packageEvents' | 'available' | 'digests'> & {
  /** Who owns the records of channels, and the programs that strays are rivals of. */
  readonly owners: Answers['owners'];
  readonly coverage: readonly Coverage[];
};

/** Of a tree that is one finding, so many programs are looked into: those in use come first and are not counted. */
const LOOKED_INTO_A_TREE = 8;
/** What a person may be shown as the content of an entry in a manifest. */
const MAX_DIGESTED = 256 * 1024 * 1024;
/** Between two turns of the event loop, where hardly any of the files has to be opened. */
const HARDLY_OPENED = 64;

export async function knowStrays(questions: StrayQuestions): Promise<StrayKnowledge> {
  const { host, unowned, used, runtime } = questions;
  const strays = unowned.filter(({ proof }) => proof === undefined);
  const coverage: Coverage[] = [];
  const looked = worthLooking(strays, new Set(used));
  const swept = new Set(strays.map(({ facts }) => facts.path));
  const unseen = used.filter((path) => !swept.has(path)).map((path) => factsAt(host, path)).filter((facts) => facts !== undefined);
  await turn();
  const suspects = looked.filter(({ facts }) => facts.type === 'file' && facts.hardLinkOf === undefined && facts.code !== undefined).map(({ facts }) => facts.path);
  // Two processors: the scanner reads what may be a copy while this process reads what the files say of themselves.
  const [compared, { contents, records }] = await Promise.all([
    suspects.length === 0 ? undefined : questions.ask({ copies: suspects }),
    readHere(host, [...looked.map(({ facts }) => facts), ...unseen], strays.length > 0 || unseen.length > 0 || questions.channels ? swept : undefined),
  ]);
  const asked = looked.length === 0 && records === undefined ? undefined : await questions.ask({
    owners: [...(records?.value.map(({ path }) => path) ?? []), ...looked.flatMap(({ facts: { hardLinkOf } }) => (hardLinkOf === undefined ? [] : [hardLinkOf]))],
  });
  const channels = records === undefined ? undefined : await inTurns(readChannels(host, records.value.filter(({ path }) => asked?.owners.get(path)?.length === 0)));
  if (records !== undefined) coverage.push(records.coverage, channels!.coverage);
  const identities = await identitiesOf(contents, strays, { owners: asked?.owners, copies: compared?.copies }, channels?.value);
  // Which packages still have the programs that strays are or hide: a product's tools alone are not the product.
  const rivals = [...new Set([...looked.flatMap(({ shadows }) => (shadows === undefined ? [] : [shadows])), ...[...identities].flatMap(([path, { product }]) => (product === undefined ? [] : packagedPlaces(path, product.packages)))])];
  const rivalsOwned = rivals.length === 0 ? undefined : await questions.ask({ owners: rivals });
  const products = [...new Set([...identities.values()].flatMap(({ product }) => product?.packages ?? []))].sort(compareBytes);
  const paths = [...new Set([...swept, ...used])];
  // The managers' programs, where they need one, run meanwhile.
  const [told, histories] = await Promise.all([
    toldByManagers(questions, products, [...new Set([...products, ...replacedPrograms(runtime)])].sort(compareBytes)),
    inTurns(strayHistory(host, paths, { history: questions.history, products: (path) => productNames(identities.get(path)) })),
  ]);
  if (paths.length > 0) coverage.push(histories.coverage);
  return {
    identities, histories: histories.value, ...told, digests: await digestsOf(host, used), owners: new Map([...asked?.owners ?? [], ...rivalsOwned?.owners ?? []]), coverage: [...coverage, ...told.coverage],
    ...(channels === undefined ? {} : { channelPackages: channels.value.packages }),
  };
}

/** All that stand alone or are in use, and of each tree its most telling programs. */
function worthLooking(strays: readonly UnownedFile[], used: ReadonlySet<BytePath>): readonly UnownedFile[] {
  const out: UnownedFile[] = [];
  const trees = new Map<BytePath, UnownedFile[]>();
  for (const file of strays) {
    if (file.tree === undefined || used.has(file.facts.path)) out.push(file);
    else append(trees, file.tree, file);
  }
  for (const members of trees.values()) {
    const weighed = members.map((file) => ({ file, weight: weight(file) })).sort((a, b) => b.weight - a.weight || compareBytes(a.file.facts.path, b.file.facts.path));
    out.push(...weighed.slice(0, LOOKED_INTO_A_TREE).map(({ file }) => file));
  }
  return out;
}

/** Programs before libraries, those in a directory of programs first, then large ones. */
function weight({ facts }: UnownedFile): number {
  const code = facts.code === 'elf-executable' || facts.code === 'java-archive' ? 4 : facts.code === 'script' || facts.code === 'appimage' ? 2 : facts.code === 'shared-object' ? 1 : 0;
  const place = /\/s?bin$/.test(parentOf(facts.path)) ? 4 : 0;
  return code + place + Math.min(0.99, facts.stat.size / 2 ** 30);
}

/** What runs or is started and the sweep did not look at: data that an interpreter reads, or a program in a place that was left out. */
function factsAt(host: Host, path: BytePath): FileFacts | undefined {
  const stat = statOfItself(host, path);
  if (stat === undefined) return undefined;
  const head = host.readHead(path, 4);
  const elf = head.ok && head.value.toString('latin1') === '\x7fELF';
  return { path, type: 'file', stat, code: elf ? 'elf-executable' : 'script' };
}

/** `swept`: undefined where no channel is asked about. */
async function readHere(host: Host, files: readonly FileFacts[], swept: ReadonlySet<BytePath> | undefined): Promise<{ readonly contents: ReadonlyMap<FileFacts, Content>; readonly records: Observation<readonly FoundRecord[]> | undefined }> {
  const records = swept === undefined ? undefined : await inTurns(findRecords(host, swept));
  const contents = new Map<FileFacts, Content>();
  for (const facts of files) {
    contents.set(facts, readContent(host, facts));
    await turn();
  }
  return { contents, records };
}

/** Of the other strays it is known at least whether the record of a channel names them. */
async function identitiesOf(contents: ReadonlyMap<FileFacts, Content>, strays: readonly UnownedFile[], asked: { readonly [K in 'copies' | 'owners']: Answers[K] | undefined }, channels: Channels | undefined): Promise<Map<BytePath, Identity>> {
  const out = new Map<BytePath, Identity>();
  for (const [facts, content] of contents) {
    const identity = identityOf(facts, content, {
      sameContent: (path) => asked.copies?.get(path),
      packageOf: (path) => asked.owners?.get(path)?.[0]?.name,
      channelOf: (each) => channels?.lookup(each),
    });
    if (identity !== undefined) out.set(facts.path, identity);
    await turn();
  }
  for (const [at, { facts }] of channels === undefined ? [] : strays.entries()) {
    const record = out.has(facts.path) ? undefined : channels!.lookup(facts);
    if (record !== undefined) out.set(facts.path, recordedAs(record));
    if (at % HARDLY_OPENED === 0) await turn();
  }
  return out;
}

function productNames(identity: Identity | undefined): readonly string[] {
  return identity?.product === undefined ? [] : [identity.product.id];
}

/** Programs that are no longer what their processes run: their packages' logs tell whether they were upgraded. */
function replacedPrograms(runtime: RuntimeState | undefined): readonly string[] {
  const gone = (runtime?.processes ?? []).filter(({ exe }) => exe?.state === 'deleted' || exe?.state === 'replaced');
  return gone.flatMap(packageNamesFor).flatMap((name) => [name, `${name}-*`]);
}

/** `products`: what repositories have of them is wanted; `names`: what became of them. */
async function toldByManagers(
  { managers, origins, seeds, context }: StrayQuestions, products: readonly string[], names: readonly string[],
): Promise<{ readonly packageEvents: readonly PackageEvent[]; readonly available: readonly AvailablePackage[]; readonly coverage: readonly Coverage[] }> {
  const packageEvents: PackageEvent[] = [];
  const available: AvailablePackage[] = [];
  const coverage: Coverage[] = [];
  for (const [at, manager] of names.length === 0 ? [] : managers.entries()) {
    const events = await manager.events(context, seeds[at]!, names);
    packageEvents.push(...events.value);
    coverage.push(events.coverage);
    if (products.length === 0 || !origins) continue;
    const offered = await manager.available(context, { names: products, paths: [] });
    available.push(...offered.value);
    coverage.push(offered.coverage);
  }
  return { packageEvents: packageEvents.sort((a, b) => a.at - b.at), available, coverage };
}

async function digestsOf(host: Host, paths: readonly BytePath[]): Promise<ReadonlyMap<BytePath, string>> {
  const out = new Map<BytePath, string>();
  for (const path of paths) {
    const stat = statOfItself(host, path);
    if (stat === undefined || stat.size > MAX_DIGESTED) continue;
    const digest = host.digest(path, 'sha256');
    if (digest.ok) out.set(path, digest.value);
    await turn();
  }
  return out;
}

/** Of a regular file that has this very name. What a launch point names and is not there has no canonical one: what leads there now may never answer. */
function statOfItself(host: Host, path: BytePath): FileStat | undefined {
  const real = host.realpath(path);
  const stat = real.ok && real.value === path ? host.lstat(path) : undefined;
  return stat?.ok === true && typeOfMode(stat.value.mode) === 'file' ? stat.value : undefined;
}
