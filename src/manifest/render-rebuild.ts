// A rebuild list as manifest text: `renderManifest` for packages and repositories, and in force what was in force on the host: channels and allowed strays.
import * as v from 'valibot';
import { isChannelName } from '../model/channel.ts';
import { isValidUtf8, toText } from '../model/bytes.ts';
import type { InitDraft } from '../model/init-draft.ts';
import { patternFor } from '../model/pattern.ts';
import type { RebuildChannelPackage, RebuildList, RebuildStray } from '../model/rebuild.ts';
import { visible } from './diagnostic.ts';
import { channelNameProblem } from './ordinary-shapes.ts';
import { renderManifest } from './render.ts';
import { allowShape } from './shapes.ts';
import { isPrintable } from './source-text.ts';
import { yamlComment, yamlKey, yamlScalar } from './yaml-text.ts';

/** `draft`: what the list declares (rebuild/manifest-draft.ts). */
export function renderRebuild(list: RebuildList, draft: InitDraft): string {
  const sections = [channelLines(list.channels, list.versions), allowLines(list.strays)].filter((lines) => lines.length > 0);
  return [renderManifest(draft), ...sections.map((lines) => `${lines.join('\n')}\n`)].join('\n');
}

function channelLines(channels: readonly RebuildChannelPackage[], versions: RebuildList['versions']): string[] {
  const lines: string[] = [];
  for (const [channel, group] of Map.groupBy(channels, (each) => each.channel)) {
    const names = [...Map.groupBy(group.filter(({ name }) => isChannelName(channel) && channelNameProblem(channel, name) === undefined), ({ name }) => name)];
    if (names.length > 0) lines.push(`  ${channel}:`, ...names.map(([name, copies]) => `    ${yamlKey(name)}: ${yamlScalar(constraintOf(copies, versions))}`));
  }
  return lines.length === 0 ? [] : ['channels:', ...lines];
}

/** Of several copies no version holds for all. */
function constraintOf([first, ...others]: readonly RebuildChannelPackage[], versions: RebuildList['versions']): string {
  if (first?.constraint !== undefined) return first.constraint;
  const version = first?.version ?? '';
  return versions === 'exact' && others.length === 0 && /^[0-9][A-Za-z0-9.+-]*$/.test(version) ? `= ${version}` : 'any';
}

function allowLines(strays: readonly RebuildStray[]): string[] {
  const lines: string[] = [];
  for (const { path, pattern, reason, sha256 } of strays) {
    const entry = { path: pattern === true ? toText(path) : patternFor(path), reason, ...(sha256 === undefined ? {} : { sha256 }) };
    if (!isValidUtf8(path) || !v.safeParse(allowShape, entry).success || !isPrintable(entry.path) || !isPrintable(reason)) lines.push(...yamlComment(`left out, because a manifest cannot say it: ${visible(toText(path))}`, '  '));
    else lines.push(`  - path: ${yamlScalar(entry.path)}`, `    reason: ${yamlScalar(reason)}`, ...(sha256 === undefined ? [] : [`    sha256: ${yamlScalar(sha256)}`]));
  }
  return lines.some((line) => line.startsWith('  - ')) ? ['allow:', ...lines] : [];
}
