// Files that an include line names, by one path or by a pattern in its last component (glob(7)).
import { baseOf, joinPath, parentOf, type BytePath, type ByteString } from '../../model/bytes.ts';
import { compileComponent, matchComponent } from '../../model/pattern-component.ts';
import type { LaunchContext, LaunchFile } from './launch-context.ts';

const PATTERN = /[*?[]/;

/** `from`: directory of relative ones. */
export function includedFiles(context: LaunchContext, from: BytePath, pattern: ByteString): readonly LaunchFile[] {
  const path = pattern.startsWith('/') ? pattern : joinPath(from, pattern);
  if (!PATTERN.test(path)) {
    const file = context.file(path);
    return file === undefined ? [] : [file];
  }
  const component = compileComponent(baseOf(path));
  if (PATTERN.test(parentOf(path)) || !component.ok) {
    context.problem(`files of the pattern ${path} are not read`, from);
    return [];
  }
  return context.files(parentOf(path), (name) => !name.startsWith('.') && matchComponent(component.value, name, 0, name.length));
}
