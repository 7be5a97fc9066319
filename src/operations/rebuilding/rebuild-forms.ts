// The forms of a rebuild list that something else than a person reads or carries out.
import { renderRebuild } from '../../manifest/render-rebuild.ts';
import type { RebuildList } from '../../model/rebuild.ts';
import { ansibleForm } from '../../rebuild/ansible/ansible-form.ts';
import { manifestDraft } from '../../rebuild/manifest-draft.ts';
import { shellForm } from '../../rebuild/shell/shell-form.ts';

export type RebuildForm = 'manifest' | 'sh' | 'ansible';

export function formOf(list: RebuildList, form: RebuildForm): string {
  switch (form) {
    case 'manifest': return renderRebuild(list, manifestDraft(list));
    case 'ansible': return ansibleForm(list);
    case 'sh': return shellForm(list);
  }
}
