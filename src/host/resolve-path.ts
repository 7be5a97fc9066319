// Resolves paths as the kernel would if the root were '/' (path_resolution(7)): by lstat(2) and readlink(2) of one component after the other.
import { baseOf, joinPath, parentOf, type BytePath } from '../model/bytes.ts';
import { typeOfMode } from '../model/file.ts';
import { fail, ok, type Result } from '../model/result.ts';
import type { Host } from './host.ts';

const MAX_LINKS = 40;
/** Links on the ways that a run asks for are few, so that this is a bound and no more. */
const MAX_KNOWN = 200_000;

interface OpenLink {
  readonly link: BytePath;
  /** Characters that are left to walk when its text is done. */
  readonly left: number;
}

export class PathResolver {
  readonly #host: Pick<Host, 'lstat' | 'readlink'>;
  readonly #barred: ReadonlySet<BytePath>;
  readonly #known = new Map<BytePath, Result<BytePath>>();

  /** `barred`: canonical mount points that the kernel is never asked about. */
  constructor(host: Pick<Host, 'lstat' | 'readlink'>, barred: ReadonlySet<BytePath>) {
    this.#host = host;
    this.#barred = barred;
  }

  /** Canonical path of what `path` (absolute) leads to. Failures: errno names, 'ELOOP', 'not-entered'. */
  resolve(path: BytePath): Result<BytePath> {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const parent = path === '/' ? undefined : this.#known.get(parentOf(path));
    const result = parent?.ok === true ? this.#follow(parent.value, baseOf(path)) : this.#follow('/', path);
    this.#remember(path, result);
    return result;
  }

  /** `path` canonical: whether it is a mount point that is not asked about. */
  barring(path: BytePath): Result<never> | undefined {
    return this.#barred.has(path) ? fail('not-entered', `${path} is not entered, because it may never answer`) : undefined;
  }

  /**
   * Component by component, so that no link leads out of the root (DESIGN §6.10). A loop and no recursion: anybody can make links whose texts
   * have thousands of components.
   */
  #follow(from: BytePath, path: BytePath): Result<BytePath> {
    let at = from;
    let rest = path;
    let links = 0;
    const open: OpenLink[] = [];
    for (let next = 0; next < rest.length;) {
      const slash = rest.indexOf('/', next);
      const name = rest.slice(next, slash < 0 ? undefined : slash);
      next = slash < 0 ? rest.length : slash + 1;
      if (name === '..') at = parentOf(at);
      else if (name !== '' && name !== '.') {
        const here = joinPath(at, name);
        const step = this.#known.get(here) ?? this.#look(here);
        if (!step.ok) return this.#giveUp(step, open);
        if (step.value !== undefined) at = step.value;
        else {
          if (++links > MAX_LINKS) return fail('ELOOP', `${path} leads through more than ${MAX_LINKS} links`);
          const target = this.#host.readlink(here);
          if (!target.ok) return this.#giveUp(target, open);
          const left = rest.slice(next);
          open.push({ link: here, left: left.length });
          if (target.value.startsWith('/')) at = '/';
          rest = `${target.value}/${left}`;
          next = 0;
        }
      }
      while (open.length > 0 && rest.length - next <= open.at(-1)!.left) this.#remember(open.pop()!.link, ok(at));
    }
    return ok(at);
  }

  /** Undefined = a link. */
  #look(here: BytePath): Result<BytePath | undefined> {
    const refused = this.barring(here);
    if (refused !== undefined) return refused;
    const stat = this.#host.lstat(here);
    if (!stat.ok) return stat;
    if (typeOfMode(stat.value.mode) === 'link') return ok(undefined);
    const itself = ok(here);
    this.#remember(here, itself);
    return itself;
  }

  #giveUp<F extends Result<never>>(failure: F, open: readonly OpenLink[]): F {
    for (const { link } of open) this.#remember(link, failure);
    return failure;
  }

  /** "Too many links" is true of the way by which one came and not of the place: a chain that ends at /bin must not take /bin from everybody. */
  #remember(path: BytePath, result: Result<BytePath>): void {
    if (this.#known.size < MAX_KNOWN && (result.ok || result.error.reason !== 'ELOOP')) this.#known.set(path, result);
  }
}
