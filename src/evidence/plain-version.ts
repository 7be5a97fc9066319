// Versions as people write them, from the spellings of build systems. Pure.

/** Without a leading 'v', a word for repacked sources, or what a build adds; undefined for what is no version. */
export function plainVersion(text: string): string | undefined {
  const bare = text.trim().replace(/^[vV](?=\d)/, '').replace(/\+(?:incompatible|unknown|dirty)$/, '').replace(/[+~](?:ds|dfsg)\d{0,3}(?:[-.+~][\w.+~-]{0,40})?$/, '');
  return /^(?:\d{1,5}(?:\.\d{1,5}){1,4}(?:[-+~.][\w.+~-]{1,40})?|RELEASE\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)$/.test(bare) ? bare : undefined;
}
