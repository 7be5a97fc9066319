// Finds in a line of text which strays it speaks of: by path, by name, or by the product that they are. One lookup a word, however many strays there are.
import { baseOf, type BytePath, type ByteString } from '../../model/bytes.ts';
import { append } from '../../model/multimap.ts';

const MAX_LINE = 4000;
const MAX_WORDS = 400;
/** Names that every line has, or that say nothing. */
const MIN_NAME = 3;
const COMMON: ReadonlySet<string> = new Set(['run', 'bin', 'lib', 'src', 'the', 'install', 'test', 'main', 'start', 'stop', 'app', 'server', 'client', 'tool', 'tools', 'script', 'build', 'python', 'python3', 'node', 'bash', 'sh', 'env']);
/** Programs that bring software, or put it in place. */
const VERBS: ReadonlySet<string> = new Set([
  'curl', 'wget', 'fetch', 'aria2c', 'scp', 'rsync', 'sftp', 'git', 'svn', 'hg', 'tar', 'unzip', 'gunzip', 'unxz', '7z', 'make', 'gmake', 'cmake', 'meson', 'ninja', 'configure', 'gcc', 'cc', 'clang', 'g++', 'go', 'cargo', 'rustc',
  'pip', 'pip2', 'pip3', 'pipx', 'uv', 'conda', 'mamba', 'npm', 'npx', 'yarn', 'pnpm', 'gem', 'bundle', 'composer', 'install', 'cp', 'mv', 'ln', 'dd', 'chmod', 'chown', 'setcap', 'tee', 'dpkg', 'rpm', 'alien', 'snap', 'flatpak',
  'docker', 'podman', 'systemctl', 'update-rc.d', 'chkconfig', 'crontab', 'nohup', 'install.sh', 'setup.sh',
]);

/** Words with letters, and what follows them: a version, a branch, an ending. */
const PRODUCT = /^([a-z][a-z0-9_+]*(?:-[a-z][a-z0-9_+]*){0,4}?)(?:[-_.@=]?v?\d.*|-(?:stable|latest|master|main|linux|src).*|\.(?:tar|tgz|zip|git|deb|rpm|run|sh).*)$/;

/** How a line speaks of a stray, best first. */
export type Mention = 'path' | 'name' | 'product';

export class StrayIndex {
  readonly #byPath = new Set<BytePath>();
  readonly #byName = new Map<ByteString, BytePath[]>();
  readonly #byProduct = new Map<ByteString, BytePath[]>();

  /** `products`: other names of a stray ('redis' of '/usr/local/bin/redis-server'). */
  constructor(paths: Iterable<BytePath>, products: (path: BytePath) => readonly string[]) {
    for (const path of paths) {
      this.#byPath.add(path);
      const name = baseOf(path);
      if (name.length >= MIN_NAME && !COMMON.has(name)) append(this.#byName, name, path);
      for (const product of new Set(products(path).map((each) => each.toLowerCase()))) if (product.length >= MIN_NAME) append(this.#byProduct, product, path);
    }
  }

  get size(): number {
    return this.#byPath.size;
  }

  has(path: BytePath): boolean {
    return this.#byPath.has(path);
  }

  named(name: ByteString): readonly BytePath[] {
    return this.#byName.get(name) ?? [];
  }

  /** Strays of the product that a name with a version belongs to: 'redis-7.2.4.tar.gz', 'node_exporter-1.8.linux-amd64'. */
  ofProduct(name: ByteString): readonly BytePath[] {
    const lower = name.toLowerCase();
    const stem = PRODUCT.exec(lower)?.[1] ?? lower;
    // 'node' alone is in many a line that is about something else, 'node-v22.1.0' is not.
    return stem === lower && COMMON.has(lower) ? [] : this.#byProduct.get(lower) ?? this.#byProduct.get(stem) ?? [];
  }

  /** `verbs`: names and products count only in a line that brings or places something. */
  mentions(text: ByteString, verbs: boolean): ReadonlyMap<BytePath, Mention> {
    const out = new Map<BytePath, Mention>();
    const words = text.slice(0, MAX_LINE).split(/[\s'"`;|&<>()=,]+/, MAX_WORDS).filter((word) => word !== '');
    for (const word of words) if (word.startsWith('/') && this.#byPath.has(word)) out.set(word, 'path');
    if (verbs && !words.some((word) => VERBS.has(baseOf(word)))) return out;
    const say = (paths: readonly BytePath[], mention: Mention): void => {
      for (const path of paths) if (!out.has(path)) out.set(path, mention);
    };
    for (const word of words) for (const piece of word.split('/')) if (piece.length >= MIN_NAME) say(this.named(piece), 'name');
    for (const word of words) for (const piece of word.split('/')) if (piece.length >= MIN_NAME && piece.length < 200) say(this.ofProduct(piece), 'product');
    return out;
  }
}
