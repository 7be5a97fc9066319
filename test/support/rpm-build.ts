// Builds real .rpm files from descriptions, with rpmbuild(8) and specs of our own; and says how to start rpm and dnf on a root from outside it.
import { copyFileSync, linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './run-command.ts';

export interface RpmFile {
  readonly path: string;
  readonly content?: string | Buffer;
  readonly linkTo?: string;
  /** Path of another file of the same package that this is a hard link of. */
  readonly hardLinkOf?: string;
  readonly directory?: boolean;
  /** Spec directives before the path: '%config(noreplace)', '%ghost', '%doc', … */
  readonly directive?: string;
  readonly mode?: string;
  readonly owner?: string;
  readonly caps?: string;
}

export interface RpmPackage {
  readonly name: string;
  readonly epoch?: number;
  readonly version: string;
  readonly release?: string;
  /** Default is the machine's architecture. */
  readonly noarch?: boolean;
  readonly vendor?: string;
  /** Whole tag lines: 'Requires: x >= 1', 'Recommends: y', 'Obsoletes: z < 2'. */
  readonly tags?: readonly string[];
  /** Lua, which rpm runs itself: the root needs no shell. */
  readonly lua?: Readonly<Partial<Record<'pre' | 'post' | 'preun' | 'postun', string>>>;
  readonly files: readonly RpmFile[];
}

/** Debian's rpm keeps its database in the home directory unless told otherwise; dnf has no flag for it, so both are given this home. */
export function writeRpmHome(directory: string, gpgHome?: string): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, '.rpmmacros'), [
    '%_dbpath /var/lib/rpm',
    `%_topdir ${directory}/top`,
    '%_build_id_links none',
    '%debug_package %{nil}',
    '%__os_install_post %{nil}',
    '%_binary_payload w1.gzdio',
    '%_binary_filedigest_algorithm 8',
    '%_buildhost build.invalid',
    '%vendor Example Distribution',
    ...(gpgHome === undefined ? [] : ['%_gpg_name packages@example.invalid', `%_gpg_path ${gpgHome}`, '%__gpg /usr/bin/gpg']),
    '',
  ].join('\n'));
  return directory;
}

/** One spec, one subpackage for each description (so no two may share a name); the .rpm files end up in `into`. `target`: another architecture than the machine's. */
export function buildRpms(home: string, packages: readonly RpmPackage[], into: string, target?: string): void {
  const tree = join(home, 'tree');
  run('rm', ['-rf', join(home, 'top'), tree]);
  for (const each of packages) for (const file of each.files) place(tree, file);
  const spec = join(home, 'all.spec');
  writeFileSync(spec, specText(packages, tree), 'utf8');
  run('rpmbuild', ['-bb', '--quiet', ...(target === undefined ? [] : ['--target', target]), spec], { env: { HOME: home } });
  mkdirSync(into, { recursive: true });
  for (const entry of readdirSync(join(home, 'top', 'RPMS'), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) copyFileSync(join(entry.parentPath, entry.name), join(into, entry.name));
  }
}

function place(tree: string, file: RpmFile): void {
  const path = join(tree, file.path);
  mkdirSync(dirname(path), { recursive: true });
  if (file.directory === true) mkdirSync(path, { recursive: true });
  else if (file.linkTo !== undefined) symlinkSync(file.linkTo, path);
  else if (file.hardLinkOf !== undefined) linkSync(join(tree, file.hardLinkOf), path);
  else writeFileSync(path, file.content ?? '');
}

function specText(packages: readonly RpmPackage[], tree: string): string {
  const head = ['Name: all-of-them', 'Version: 1', 'Release: 1', 'Summary: many', 'License: MIT', 'AutoReqProv: no', '%description', 'Many.', ''];
  const parts = packages.map((each) => [
    `%package -n ${each.name}`,
    ...(each.epoch === undefined ? [] : [`Epoch: ${each.epoch}`]),
    `Version: ${each.version}`, `Release: ${each.release ?? '1'}`, `Summary: The ${each.name} package`,
    ...(each.vendor === undefined ? [] : [`Vendor: ${each.vendor}`]),
    ...(each.noarch === true ? ['BuildArch: noarch'] : []),
    'AutoReqProv: no', ...(each.tags ?? []),
    `%description -n ${each.name}`, `${each.name}.`, '',
  ]);
  const install = ['%install', 'rm -rf %{buildroot}', `cp -a ${tree} %{buildroot}`, ''];
  const scripts = packages.flatMap((each) => Object.entries(each.lua ?? {}).flatMap(([when, text]) => [`%${when} -n ${each.name} -p <lua>`, text, '']));
  const files = packages.flatMap((each) => [`%files -n ${each.name}`, ...each.files.map(fileLine), '']);
  return [...head, ...parts.flat(), ...install, ...scripts, ...files].join('\n');
}

function fileLine(file: RpmFile): string {
  const owner = file.owner ?? 'root';
  const mode = file.mode ?? (file.directory === true ? '0755' : '0644');
  const words = [
    ...(file.directory === true ? ['%dir'] : []),
    ...(file.directive === undefined ? [] : [file.directive]),
    ...(file.linkTo === undefined ? [`%attr(${mode},${owner},${owner})`] : []),
    ...(file.caps === undefined ? [] : [`%caps(${file.caps})`]),
    `"${file.path.replaceAll('%', '%%')}"`,
  ];
  return words.join(' ');
}

/** rpm on `root` from outside. Debian's build refuses to install without being forced. */
export function rpmOn(root: string, args: readonly string[], accept: readonly number[] = [0]): string {
  return run('rpm', ['--root', root, '--dbpath', '/var/lib/rpm', '--force-debian', ...args], { accept });
}
