// Collects what is said of each stray, with a bound: a busy shell history speaks of a program a thousand times.
import type { BytePath } from '../../model/bytes.ts';
import type { StrayHistory } from '../../model/observed.ts';

const MAX_EVENTS = 20;

export type StrayEvent = StrayHistory['events'][number];

export class StrayEvents {
  readonly #byPath = new Map<BytePath, StrayEvent[]>();

  add(path: BytePath, event: StrayEvent): void {
    const events = this.#byPath.get(path) ?? [];
    this.#byPath.set(path, events);
    if (events.at(-1)?.detail !== event.detail || events.at(-1)?.source !== event.source) events.push(event);
    // The oldest and the newest tell more than what is between.
    if (events.length > 4 * MAX_EVENTS) events.splice(MAX_EVENTS, events.length - 2 * MAX_EVENTS);
  }

  /** Newest last; what has no time comes first. By path. */
  histories(): ReadonlyMap<BytePath, StrayHistory> {
    const out = new Map<BytePath, StrayHistory>();
    for (const path of [...this.#byPath.keys()].sort()) {
      const events = this.#byPath.get(path)!.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
      out.set(path, { events: events.length <= MAX_EVENTS ? events : [...events.slice(0, MAX_EVENTS / 2), ...events.slice(-MAX_EVENTS / 2)] });
    }
    return out;
  }
}
