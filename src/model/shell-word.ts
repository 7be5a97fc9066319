// One word of a command that a person is told to type, as sh(1) reads it.

/** In quotes where a shell would take something in it for its own. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./@:+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
