// What `drift rebuild keep` wrote: the files, and as JSON (drift.kept/1, docs/reference/kept.schema.json).
import { KEPT_SCHEMA, type Kept } from '../../model/kept-lists.ts';
import { jsonText } from '../check/json.ts';
import { visibleText } from '../visible.ts';

export function keptText({ files }: Kept): string {
  return files.map(({ path, written }) => `${written ? 'written' : 'as it was'}: ${visibleText(path)}\n`).join('');
}

export function keptJson({ coverage, drift, files, place }: Kept): string {
  return jsonText({
    schema: KEPT_SCHEMA, drift, directory: place.directory, onRoot: place.onRoot, files,
    incomplete: coverage.flatMap(({ problems, source }) => problems.map(({ message }) => ({ source, message }))),
  });
}
