// The forms of a rebuild list that something else than drift carries out or reads.
import type { RebuildList } from '../model/rebuild.ts';
import { shellForm } from '../rebuild/shell/shell-form.ts';

export type RebuildForm = 'sh';

export function formOf(list: RebuildList, form: RebuildForm): string {
  switch (form) {
    case 'sh': return shellForm(list);
  }
}
