// Where other channels keep what they installed, each by its own documentation: patterns for globHost, relative to '/' or to a home.
import { baseOf, parentOf, type BytePath } from '../../model/bytes.ts';

/** What kind of record a place holds, and so which reader it is for. */
export type RecordKind = 'pip' | 'npm' | 'gem' | 'cargo' | 'conda' | 'composer' | 'go' | 'snap' | 'flatpak';

/** A record that was found: what to ask the package managers about, and what the reader of its kind needs. */
export interface FoundRecord {
  readonly kind: RecordKind;
  /** The file that says what is installed; canonical. */
  readonly path: BytePath;
  /** The site-packages, node_modules, gem, cargo, conda, vendor or program directory that it belongs to. */
  readonly place: BytePath;
}

function below(suffixes: readonly string[], ...prefixes: readonly string[]): readonly string[] {
  return prefixes.flatMap((prefix) => suffixes.map((suffix) => `${prefix}/${suffix}`));
}

/** One pattern with stars is much cheaper than the eight that its braces would stand for. */
export const SITE = 'lib*/py*/*-packages';
const NODE = 'lib/node_modules';
const RUBY = 'lib/ruby/gems/*/specifications';
const CONDA = ['conda-meta', 'envs/*/conda-meta'];
const COMPOSER = 'vendor/composer/installed.json';

export const SYSTEM_PLACES: readonly string[] = [
  ...below([SITE], 'usr', 'usr/local', 'opt/*', 'opt/*/*', 'opt/pipx/venvs/*'),
  ...below([NODE], 'usr', 'usr/local', 'opt/*', 'usr/local/nvm/versions/node/*', 'usr/local/n/versions/node/*'), 'usr/local/share/.config/yarn/global/node_modules',
  ...below([RUBY], 'usr', 'usr/local', 'opt/*', 'opt/rubies/*', 'usr/local/rbenv/versions/*'),
  'var/lib/gems/*/specifications', 'usr/lib64/gems/*/specifications', 'usr/local/share/gems/specifications', 'usr/local/rvm/gems/*/specifications',
  ...below(['.crates*'], 'usr/local', 'usr/local/cargo', 'opt/*'), ...below(CONDA, 'opt/*', 'usr/local/*conda*'), ...below([COMPOSER], 'usr/local/share/composer', 'opt/composer'),
  'var/lib/snapd/state.json', 'var/lib/flatpak/app/*',
];

export const HOME_PLACES: readonly string[] = [
  ...below([SITE], '.local', '.pyenv/versions/*', '.local/share/pipx/venvs/*', '.local/pipx/venvs/*', '.local/share/uv/tools/*', 'venv', '.venv', 'env', '.virtualenvs/*', '.local/share/virtualenvs/*',
    '.asdf/installs/python/*'),
  ...below([NODE], '.nvm/versions/node/*', '.npm-global', '.npm-packages', '.npm', '.local', 'n', '.node', '.volta/tools/image/packages/*', '.volta/tools/image/packages/*/*', '.asdf/installs/nodejs/*',
    '.asdf/installs/nodejs/*/.npm', '.local/share/fnm/node-versions/*/installation', '.fnm/node-versions/*/installation', '.nodenv/versions/*'),
  '.config/yarn/global/node_modules', '.local/share/pnpm/global/*/node_modules', '.bun/install/global/node_modules',
  ...below([RUBY], '.rbenv/versions/*', '.rubies/*', '.asdf/installs/ruby/*', '.rvm/rubies/*'), '.gem/ruby/*/specifications', '.local/share/gem/ruby/*/specifications', '.rvm/gems/*/specifications',
  '.cargo/.crates*', ...below(CONDA, 'anaconda3', 'miniconda3', 'miniforge3', 'mambaforge', 'micromamba', '.conda', '.mamba'), ...below([COMPOSER], '.config/composer', '.composer'),
  'go/bin', 'gopath/bin', '.local/share/flatpak/app/*',
];

/** Of a path that one of the patterns found, by its last component. */
export function kindOf(place: BytePath): RecordKind | undefined {
  const name = baseOf(place);
  switch (name) {
    case 'site-packages': case 'dist-packages': return 'pip';
    case 'node_modules': return 'npm';
    case 'specifications': return 'gem';
    case '.crates.toml': case '.crates2.json': return 'cargo';
    case 'conda-meta': return 'conda';
    case 'installed.json': return 'composer';
    case 'state.json': return 'snap';
  }
  const parent = baseOf(parentOf(place));
  return parent === 'app' ? 'flatpak' : name === 'bin' && parent.startsWith('go') ? 'go' : undefined;
}
