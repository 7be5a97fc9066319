// A list as people write it, cut where it is long: 'a, b and c', 'a, b and 4 more'.

export function listText(items: readonly string[], shown: number): string {
  if (items.length > shown) return `${items.slice(0, shown).join(', ')} and ${items.length - shown} more`;
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}
