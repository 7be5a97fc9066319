// What a file is and how it came, found out by reading: nothing of it is run (elf(5), Go's buildinfo, channels' own records).
import type { BytePath } from './bytes.ts';

export interface Product {
  /** Stable lower-case word: 'redis', 'node', 'prometheus-node-exporter'. */
  readonly id: string;
  /** For people: 'Redis'. */
  readonly name: string;
  /** Names of packages that carry it, in any manager drift knows. A trailing '*' stands for any ending ('postgresql-*'). */
  readonly packages: readonly string[];
}

export interface ElfFacts {
  /** 'x86-64', 'aarch64', … as elf(5)'s e_machine says; 'machine 183' for an unknown one. */
  readonly machine: string;
  readonly bits: 32 | 64;
  readonly interpreter?: string;
  readonly static: boolean;
  readonly buildId?: string;
  /** The JSON of .note.package (systemd's "Package Metadata for Executable Files"): type, name, version, … as far as they are texts. */
  readonly packageNote?: Readonly<Record<string, string>>;
  /** `path`: the main package ('github.com/prometheus/prometheus/cmd/prometheus'); programs built without modules have that alone. */
  readonly go?: { readonly goVersion: string; readonly path?: string; readonly module?: string; readonly moduleVersion?: string };
  /** Of cargo-auditable's .dep-v0: the root crate. */
  readonly rust?: { readonly crate: string; readonly version: string };
}

export interface ChannelRecord {
  /** 'pip', 'npm', 'gem', 'cargo', 'pipx', 'conda', 'go', 'snap', 'flatpak', … */
  readonly channel: string;
  readonly name: string;
  readonly version: string;
  /** The record that says so: a RECORD, package.json, gemspec, .crates.toml. */
  readonly record: BytePath;
  /** Whether the record's own digest or size of this file fits; undefined = it has none. */
  readonly intact?: boolean;
}

export interface Identity {
  readonly product?: Product;
  /** As the file's own text gives it, without a leading 'v'. Never guessed: absent when it is not certain. */
  readonly version?: string;
  /** How product and version are known, one clause each: 'its text says "Redis version=7.0.15"', 'Go build information'. */
  readonly because: readonly string[];
  readonly elf?: ElfFacts;
  /** An owned file with the same content or inode. */
  readonly copyOf?: { readonly path: BytePath; readonly package: string };
  readonly channel?: ChannelRecord;
}

/** One package of another channel, as that channel's records have it. */
export interface ChannelPackage {
  readonly channel: string;
  readonly name: string;
  readonly version: string;
  /** The directory or file that its record stands in. */
  readonly path: BytePath;
  /** The environment, home or prefix: '/usr/local/lib/python3.11/dist-packages', '/home/alice/.nvm/versions/node/v22.1.0'. */
  readonly prefix: BytePath;
  /** Asked for by a person rather than pulled in, where the channel records that. */
  readonly requested?: boolean;
}

/** What a manager's log says of one package. */
export interface PackageEvent {
  readonly manager: string;
  readonly name: string;
  readonly arch?: string;
  readonly action: 'install' | 'upgrade' | 'downgrade' | 'remove' | 'purge';
  /** The version that came, or of a removal the one that went. */
  readonly version?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** File that says so. */
  readonly source: BytePath;
  /** Who or what asked, where the log has it: 'alice (1000)', 'apt-get remove redis-server'. */
  readonly by?: string;
}

/** A package of a configured repository. */
export interface AvailablePackage {
  readonly manager: string;
  readonly name: string;
  readonly arch: string;
  readonly version: string;
  readonly origin?: string;
  /** Why it was named: has the same path, a program of the same name, or is the same product. */
  readonly match: 'path' | 'program' | 'product';
}
