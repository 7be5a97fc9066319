// The source file of a list that has repositories and no files of them, because it was made from a manifest: deb822 (sources.list(5)), .repo (dnf.conf(5)).
import { fromText } from '../model/bytes.ts';
import type { ManagerFile, RebuildList, RebuildRepository } from '../model/rebuild.ts';

export function generatedSources({ repositories, source }: RebuildList, manager: string): readonly ManagerFile[] {
  const own = repositories.filter((each) => each.manager === manager);
  if (source !== 'manifest' || own.length === 0) return [];
  const [path, entry] = manager === 'apt' ? ['/etc/apt/sources.list.d/drift.sources', deb822] as const : ['/etc/yum.repos.d/drift.repo', section] as const;
  const content = fromText(own.map(entry).filter((text) => !/[\0\r]/.test(text)).join('\n'));
  return [{ manager, what: 'sources', path, mode: 0o644, content, masked: false }];
}

function deb822({ components, signedBy, suites, types, uris }: RebuildRepository): string {
  const fields = [
    ['Types', types.length === 0 ? ['deb'] : types], ['URIs', uris], ['Suites', suites], ['Components', components], ['Signed-By', signedBy],
  ] as const;
  return fields.filter(([, values]) => values.length > 0).map(([name, values]) => `${name}: ${values.map(oneWord).join(' ')}\n`).join('');
}

function section({ name, uris }: RebuildRepository): string {
  return `[${oneWord(name)}]\nname=${oneWord(name)}\nbaseurl=${uris.map(oneWord).join(' ')}\nenabled=1\ngpgcheck=1\n`;
}

function oneWord(text: string): string {
  return text.replaceAll(/\s/g, '%20');
}
