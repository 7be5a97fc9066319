// What the reader of each channel gives, and what it is given.
import type { Host } from '../../host/host.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { ChannelPackage, ChannelRecord } from '../../model/identity.ts';
import type { Problem, Skipped } from '../../model/coverage.ts';
import type { FoundRecord } from './places.ts';

export interface ChannelContext {
  readonly host: Host;
  readonly problems: Problem[];
  /** Records that say nothing that can be understood. */
  readonly skipped: Skipped[];
}

export interface ReadChannel {
  readonly packages: readonly ChannelPackage[];
  /**
   * The package that a file belongs to. `path`: as the stray stands; `end`: what it leads to after every link. Records that are large are read
   * when a file is first asked about that could be in one. `text`: it may be a script; another program need not be opened.
   */
  lookup(path: BytePath, end: BytePath, text: boolean): ChannelRecord | undefined;
}

/** `records` are of the reader's own kind. */
export type ChannelReader = (context: ChannelContext, records: readonly FoundRecord[]) => ReadChannel;

/** A record that is there and cannot be understood: said, and no problem of the host's. */
export function unreadable(context: ChannelContext, path: BytePath, reason = 'its record cannot be understood'): void {
  context.skipped.push({ what: path, reason });
}

/** One short line: a record is written by whoever made the package. */
export function shortText(text: string): string {
  return text.trim().replaceAll(/[\x00-\x1f\x7f]/g, '?').slice(0, 200);
}
