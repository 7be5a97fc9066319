// Entries that were written just now, for the last line of an error that comes after.
import type { Recorded } from '../model/recorded.ts';
import { visibleText } from '../report/visible.ts';
import { count } from '../report/wrap.ts';
import { noteChange } from './changed.ts';

export function noteRecorded({ decisions, file }: Recorded): void {
  const written = decisions.filter(({ state }) => state === 'written').length;
  if (written > 0) noteChange(`${count(written, 'entry', 'entries')} written to ${visibleText(file)}`);
}
