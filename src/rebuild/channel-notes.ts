// Software of other channels → what a person types for it (pip(1), npm(1), gem(1), …): versions as they were, each into the place that it was in. Never run by a form.
import { toText } from '../model/bytes.ts';
import type { RebuildChannelPackage } from '../model/rebuild.ts';
import { shellWord } from '../model/shell-word.ts';
import { shown } from './shell/words.ts';

/** One line each, in the order of the list; plain text that no terminal obeys. */
export function channelNotes(channels: readonly RebuildChannelPackage[]): readonly string[] {
  return channels.map((each) => {
    const remarks = [...(each.version === undefined && each.constraint !== undefined ? [each.constraint] : []), ...(each.path === undefined ? [] : [`in ${toText(each.path)}`])];
    return shown(`${commandFor(each).map(shellWord).join(' ')}${remarks.length === 0 ? '' : `   # ${remarks.join(', ')}`}`);
  });
}

function commandFor({ channel, name, path, version }: RebuildChannelPackage): readonly string[] {
  const at = (sign: string): string => (version === undefined ? name : `${name}${sign}${version}`);
  const option = (word: string): readonly string[] => (version === undefined ? [] : [word, version]);
  switch (channel) {
    // What it needs is in the list by itself, in its own version.
    case 'pip': return [...pipInstall(path === undefined ? '' : toText(path)), '--no-deps', at('==')];
    case 'pipx': return ['pipx', 'install', at('==')];
    case 'npm': return ['npm', 'install', '--global', ...(path === undefined ? [] : ['--prefix', toText(path)]), at('@')];
    case 'gem': return ['gem', 'install', '--ignore-dependencies', ...(path === undefined || /^\/(?:usr|var)\//.test(path) ? [] : ['--install-dir', toText(path)]), name, ...option('--version')];
    case 'cargo': return ['cargo', 'install', '--locked', name, ...option('--version')];
    case 'conda': return ['conda', 'install', '--no-deps', at('=')];
    // The record of a program has no 'v'; one that was made of a directory has no version that could be asked for.
    case 'go': return ['go', 'install', `${name}@${version !== undefined && /^\d/.test(version) ? `v${version}` : 'latest'}`];
    case 'composer': return ['composer', 'global', 'require', '--no-update', at(':')];
    case 'snap': return ['snap', 'install', name];
    case 'flatpak': return ['flatpak', 'install', '--assumeyes', name];
    default: return [channel, at(' ')];
  }
}

/** An environment has an interpreter of its own; of the system's Python the directory says whose it is, and from 3.11 on Debian's wants to be told that it is meant (PEP 668). */
function pipInstall(place: string): readonly string[] {
  if (place !== '' && !/\/(?:site|dist)-packages$/.test(place)) return [`${place}/bin/python3`, '-m', 'pip', 'install'];
  const word = place.includes('/.local/lib/') ? ['--user'] : /\/python3\.(?:1[1-9]|[2-9]\d)\/dist-packages$/.test(place) ? ['--break-system-packages'] : [];
  return ['python3', '-m', 'pip', 'install', ...word];
}
