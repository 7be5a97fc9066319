// What a run writes down of a file whose mode, owner or capabilities it sets: how they were before, so that they can be set so again.
import type { BytePath } from './bytes.ts';
import type { Inode } from './inode.ts';

export interface FileRights {
  /** st_mode & 07777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** In cap_to_text(3) form, '' for none; absent where nobody could ask. */
  readonly capabilities?: string;
}

export interface FileSetting {
  /** Of the plan; one action sets one file. */
  readonly action: string;
  readonly path: BytePath;
  /** Before. */
  readonly inode: Inode;
  readonly was: FileRights;
  readonly to: FileRights;
}

export type SettingRecord =
  | ({ readonly type: 'set-intent' } & FileSetting)
  /** As it is afterwards, whether that is what was meant or not; absent where it is gone. */
  | { readonly type: 'set-done'; readonly action: string; readonly now?: FileRights; readonly after?: Inode }
  | { readonly type: 'unset-intent'; readonly action: string }
  | { readonly type: 'unset-done'; readonly action: string }
  | { readonly type: 'unset-refused'; readonly action: string; readonly reason: string; readonly message: string };

export interface SetFile {
  readonly set: FileSetting;
  /** `setting` and `unsetting` have an intent and no result. */
  readonly state: 'setting' | 'set' | 'unsetting' | 'unset' | 'kept';
  /** After it was set. */
  readonly now?: FileRights;
  readonly after?: Inode;
  /** Why it was not set back. */
  readonly message?: string;
}

export function isSettingRecord(record: { readonly type: string }): record is SettingRecord {
  return record.type.startsWith('set-') || record.type.startsWith('unset-');
}

export function setFiles(records: readonly SettingRecord[]): readonly SetFile[] {
  const files = new Map<string, SetFile>();
  const to = (action: string, state: SetFile['state'], message?: string): void => {
    const known = files.get(action);
    if (known === undefined) return;
    const { message: _, ...rest } = known;
    files.set(action, { ...rest, state, ...(message === undefined ? {} : { message }) });
  };
  for (const record of records) {
    switch (record.type) {
      case 'set-intent': {
        const { type: _, ...set } = record;
        files.set(record.action, { set, state: 'setting' });
        break;
      }
      case 'set-done': {
        const known = files.get(record.action);
        const { after, now } = record;
        if (known !== undefined) files.set(record.action, { set: known.set, state: 'set', ...(now === undefined ? {} : { now }), ...(after === undefined ? {} : { after }) });
        break;
      }
      case 'unset-intent': to(record.action, 'unsetting'); break;
      case 'unset-done': to(record.action, 'unset'); break;
      case 'unset-refused': to(record.action, 'kept', record.message); break;
    }
  }
  return [...files.values()];
}

export function sameRights(a: FileRights, b: FileRights): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && (a.capabilities === undefined || b.capabilities === undefined || a.capabilities === b.capabilities);
}
