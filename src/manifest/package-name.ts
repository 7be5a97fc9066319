// Which names a manifest may use for packages. Debian Policy §5.6.1; rpm's checks in build/parsePreamble.c. A name is also an argument for apt-get and dnf, which
// read 'foo-' as "remove foo", '*' and '.' at the end as patterns, '=' and '/' as version and release, '@' as a group, and 'x.rpm' as a file.

export const MANAGERS = ['apt', 'dnf'] as const;
export type ManagerName = (typeof MANAGERS)[number];

export const MAX_NAME = 128;
const NO_FILE = '(?!.*\\.(?:deb|rpm)$)';
const DEB_ARCH = '(?::[a-z0-9][a-z0-9-]*)?';

/** ECMAScript sources, used in the JSON Schema too. */
export const NAME_PATTERNS = {
  apt: `^${NO_FILE}[a-z0-9][a-z0-9+.-]*[a-z0-9+]${DEB_ARCH}$`,
  dnf: `^${NO_FILE}[A-Za-z0-9_](?:[A-Za-z0-9_.+-]*[A-Za-z0-9_+])?$`,
  /** A key without `name`: good for one of them at least. */
  any: `^${NO_FILE}(?:[a-z0-9][a-z0-9+.-]*[a-z0-9+]${DEB_ARCH}|[A-Za-z0-9_](?:[A-Za-z0-9_.+-]*[A-Za-z0-9_+])?)$`,
} as const;

const COMPILED = { apt: new RegExp(NAME_PATTERNS.apt), dnf: new RegExp(NAME_PATTERNS.dnf), any: new RegExp(NAME_PATTERNS.any) };

export function isPackageName(name: string, manager: ManagerName | 'any' = 'any'): boolean {
  return name.length <= MAX_NAME && COMPILED[manager].test(name);
}

/** Why a name is refused, for people. */
export function nameProblem(name: string, manager: ManagerName | 'any'): string {
  const whose = manager === 'apt' ? 'a Debian package' : manager === 'dnf' ? 'an rpm package' : 'a package';
  if (name === '') return 'a package name is empty';
  if (name.length > MAX_NAME) return `a package name is longer than ${MAX_NAME} characters`;
  if (name.startsWith('-')) return `"${name}" starts with a dash, which package managers take for an option`;
  if (name.endsWith('-')) return `"${name}" ends with a dash, which apt reads as "remove it"; write ${name.replace(/-+$/, '')}: absent`;
  if (/[*?[\]]/.test(name)) return `"${name}" is a pattern; packages are declared by name`;
  if (/[=<>]/.test(name)) return `"${name}" holds a version; write it behind the colon: ${name.replace(/[ =<>].*$/, '')}: "= …"`;
  if (/\.(?:deb|rpm)$/.test(name)) return `"${name}" is a file name, not the name of ${whose}`;
  if (name.includes('/')) return `"${name}" holds a slash, which package managers read as a file or a release`;
  if (name.startsWith('@')) return `"${name}" is a group; declare its packages`;
  if (manager !== 'dnf' && /[A-Z]/.test(name) && isPackageName(name.toLowerCase(), manager)) return `"${name}" is not the name of ${whose}; Debian names are lower case`;
  return `"${name}" is not the name of ${whose}`;
}
