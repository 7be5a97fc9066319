// Which files the findings in scope are about: each stray once, with the findings that it answers.
import { baseOf, isWithin, type BytePath } from '../model/bytes.ts';
import { isPrivileged } from '../model/file.ts';
import type { Finding } from '../model/finding.ts';
import type { UnownedFile } from '../model/observed.ts';
import type { Named, PlanInput } from './input.ts';
import { isNamed, partsOf } from './scope.ts';

export interface Candidate {
  readonly file: UnownedFile;
  /** Ids. */
  readonly findings: readonly string[];
  /** The tree that it goes with. */
  readonly tree?: BytePath;
}

export interface Candidates {
  readonly files: ReadonlyMap<BytePath, Candidate>;
  /** Findings whose files are among them, in the order of `scope`. */
  readonly findings: readonly Finding[];
}

/** What of a tree is told by itself goes by its own finding. */
export function candidatesOf(scope: readonly Finding[], { findings, isStray, observed, options: { only, skip } }: Pick<PlanInput, 'findings' | 'isStray' | 'observed' | 'options'>): Candidates {
  const swept = new Map(observed.unowned.map((file) => [file.facts.path, file]));
  const told = new Set(findings.flatMap((finding) => partsOf(finding).filter(({ type }) => type !== 'tree').map(({ path }) => path)));
  const members = membersByTree(observed.unowned, told, isStray);
  const files = new Map<BytePath, { readonly file: UnownedFile; readonly findings: string[]; tree?: BytePath }>();
  const about: Finding[] = [];
  const isIn = (path: BytePath, { paths }: Named): boolean => paths.some((each) => isWithin(path, each));
  for (const finding of scope) {
    let any = false;
    // Of a tree whose files were named one by one, or by a kind that is not the tree's own, those are meant alone.
    const single = only !== undefined && !isNamed(finding, { ...only, kinds: finding.subject.type === 'tree' ? only.kinds.filter((kind) => kind !== 'file-privileged') : only.kinds });
    const isMeant = (file: UnownedFile): boolean => !single || isIn(file.facts.path, only) || (only.kinds.includes('file-privileged') && isPrivileged(file.facts));
    for (const { path, type } of partsOf(finding)) {
      const inTree = type === 'tree';
      for (const file of inTree ? members.get(path) ?? [] : strayAt(path, swept, isStray)) {
        if (!isMeant(file) || (inTree && isIn(file.facts.path, skip))) continue;
        any = true;
        const known = files.get(file.facts.path);
        if (known === undefined) files.set(file.facts.path, { file, findings: [finding.id], ...(inTree && !single ? { tree: path } : {}) });
        else if (!known.findings.includes(finding.id)) known.findings.push(finding.id);
      }
    }
    if (any) about.push(finding);
  }
  return { files, findings: about };
}

function strayAt(path: BytePath, swept: ReadonlyMap<BytePath, UnownedFile>, isStray: PlanInput['isStray']): readonly UnownedFile[] {
  const file = swept.get(path);
  return file !== undefined && isStray(path) ? [file] : [];
}

function membersByTree(unowned: readonly UnownedFile[], told: ReadonlySet<BytePath>, isStray: PlanInput['isStray']): ReadonlyMap<BytePath, readonly UnownedFile[]> {
  const trees = new Map<BytePath, UnownedFile[]>();
  for (const file of unowned) {
    const { facts: { code, launch, path }, tree } = file;
    // Links and data without code stay with the data: a link that leads nowhere runs nothing.
    if (tree === undefined || (code === undefined && launch === undefined) || told.has(path) || !isStray(path)) continue;
    const list = trees.get(tree);
    if (list === undefined) trees.set(tree, [file]);
    else list.push(file);
  }
  return trees;
}

/** How a candidate is moved: with its unit, as a launch point, as one of a tree, or by itself. */
export function whatOf({ file: { facts }, tree }: Candidate): 'file' | 'tree' | 'launch' | 'unit' | 'link' {
  if (facts.launch === 'enablement-link') return 'link';
  if (facts.launch === 'systemd-unit') return 'unit';
  if (facts.launch !== undefined || facts.code === 'self-loading') return 'launch';
  return tree === undefined ? 'file' : 'tree';
}

/** Of a link '…/multi-user.target.wants/x.service'. */
export function unitOfLink(path: BytePath): string {
  return baseOf(path);
}
