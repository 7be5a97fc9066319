// What drift has changed so far, for the last line of every error and of a stop by a signal.

let changed = 'nothing';

/** `what`: '3 entries written to /etc/drift/manifest.yaml', with every name escaped. */
export function noteChange(what: string): void {
  changed = what;
}

export function changedSoFar(): string {
  return changed;
}
