// Programs that cargo install built: .crates2.json, before Rust 1.41 .crates.toml alone (doc.rust-lang.org/cargo "cargo-install").
import { isJsonObject, readJsonObject } from '../../host/json-file.ts';
import type { Host } from '../../host/host.ts';
import { baseOf, fromText, joinPath, parentOf, type BytePath } from '../../model/bytes.ts';
import type { ChannelPackage, ChannelRecord } from '../../model/identity.ts';
import { shortText, unreadable, type ChannelContext, type ReadChannel } from './channel-reader.ts';
import type { FoundRecord } from './places.ts';

const MAX_RECORD = 4 * 1024 * 1024;

interface Installed {
  /** 'ripgrep 13.0.0 (registry+https://…)' */
  readonly id: string;
  readonly programs: readonly string[];
}

export function readCargo(context: ChannelContext, records: readonly FoundRecord[]): ReadChannel {
  const packages: ChannelPackage[] = [];
  const byProgram = new Map<BytePath, ChannelRecord>();
  const newer = new Set(records.filter(({ path }) => path.endsWith('.json')).map(({ path }) => parentOf(path)));
  for (const { path: record } of records) {
    const prefix = parentOf(record);
    if (record.endsWith('.toml') && newer.has(prefix)) continue;
    const installed = record.endsWith('.json') ? ofJson(context.host, record) : ofToml(context.host, record);
    if (installed === undefined) {
      unreadable(context, record);
      continue;
    }
    for (const { id, programs } of installed) {
      const parts = /^(\S+) (\S+)/.exec(id);
      if (parts === null) continue;
      const [name, version] = [shortText(parts[1]!), shortText(parts[2]!)];
      packages.push({ channel: 'cargo', name, version, path: record, prefix, requested: true });
      for (const program of programs) byProgram.set(joinPath(joinPath(prefix, 'bin'), fromText(baseOf(program))), { channel: 'cargo', name, version, record });
    }
  }
  return { packages, lookup: (path, end) => byProgram.get(path) ?? byProgram.get(end) };
}

/** {"installs":{"ripgrep 13.0.0 (…)":{"bins":["rg"],…}}} */
function ofJson(host: Host, path: BytePath): readonly Installed[] | undefined {
  const installs = readJsonObject(host, path, MAX_RECORD)?.['installs'];
  if (!isJsonObject(installs)) return undefined;
  return Object.entries(installs).map(([id, value]) => ({ id, programs: isJsonObject(value) && Array.isArray(value['bins']) ? value['bins'].filter((each) => typeof each === 'string') : [] }));
}

/** "ripgrep 13.0.0 (…)" = ["rg"], or its array over several lines. */
function ofToml(host: Host, path: BytePath): readonly Installed[] | undefined {
  const text = host.readFile(path, MAX_RECORD);
  if (!text.ok) return undefined;
  const out: { readonly id: string; readonly programs: string[] }[] = [];
  for (const line of text.value.toString('utf8').split('\n')) {
    const key = /^"([^"]{1,1000})" = \[/.exec(line);
    if (key !== null) out.push({ id: key[1]!, programs: [] });
    const values = key === null ? line : line.slice(key[0].length);
    for (const [, program] of values.matchAll(/"([^"]{1,255})"/g)) out.at(-1)?.programs.push(program!);
  }
  return out;
}
