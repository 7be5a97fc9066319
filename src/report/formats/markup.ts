// Text for XML 1.0 and HTML. What neither can hold (controls, lone surrogates, noncharacters) has been escaped by visible.ts before.

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For elements and for quoted attributes. */
export function markup(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}
