// Which accounts the scripts of packages make: a script that has a command for accounts and names one as a whole word. Text only; nothing is run.

const MAKES_ACCOUNTS = /\b(?:adduser|addgroup|useradd|groupadd|systemd-sysusers|sysusers\.d)\b|\/etc\/(?:passwd|group)\b/;

/** The first package, in the order of `scripts`, for each of `accounts`. */
export function accountMakers(scripts: Iterable<{ readonly package: string; readonly text: string }>, accounts: ReadonlySet<string>): ReadonlyMap<string, string> {
  const makers = new Map<string, string>();
  for (const { package: name, text } of scripts) {
    if (!MAKES_ACCOUNTS.test(text)) continue;
    for (const [word] of text.matchAll(/[A-Za-z_][A-Za-z0-9_.-]*/g)) if (accounts.has(word) && !makers.has(word)) makers.set(word, name);
  }
  return makers;
}
