// What could not be read of processes, counted: a host has hundreds of them, and one reason. Reads nothing.
import { isDenied, isVanished } from '../../host/proc.ts';
import type { BytePath } from '../../model/bytes.ts';
import type { Problem, Skipped } from '../../model/coverage.ts';
import type { Failure } from '../../model/result.ts';

const MAX_OTHERS = 20;
const MAX_SKIPPED = 100;

export class ProcessProblems {
  readonly skipped = new Map<BytePath, Skipped>();
  /** Processes whose maps were not read whole. */
  libraries = 0;
  readonly #denied = new Set<number>();
  readonly #others: Problem[] = [];
  #untold = 0;

  /** Once a process. That it is gone is no problem. */
  note(pid: number, error: Failure): void {
    if (isVanished(error)) return;
    if (isDenied(error)) this.#denied.add(pid);
    else this.add(`process ${pid}: ${error.message}`);
  }

  add(message: string): void {
    if (this.#others.length < MAX_OTHERS) this.#others.push({ message });
    else this.#untold++;
  }

  skip(path: BytePath): void {
    if (this.skipped.size < MAX_SKIPPED) this.skipped.set(path, { what: path, reason: 'runs from a mount that is not entered, because it may never answer' });
  }

  list(): readonly Problem[] {
    const out: Problem[] = [];
    if (this.#denied.size > 0) out.push({ message: `${counted(this.#denied.size)} may not be looked into (permission denied), so that their programs and libraries are not known` });
    if (this.libraries > 0) out.push({ message: `${counted(this.libraries)} have more mapped than is read, so that libraries may be missing` });
    out.push(...this.#others);
    if (this.#untold > 0) out.push({ message: `${this.#untold} more problems with processes` });
    return out;
  }
}

function counted(count: number): string {
  return count === 1 ? '1 process' : `${count} processes`;
}
