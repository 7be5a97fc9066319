// The other ways by which software arrives, and which of their names mean the same (PEP 503 for Python; the others compare names as they are).

/** A closed list: a manifest that names another one is refused. */
export const CHANNELS = ['pip', 'npm', 'gem', 'cargo', 'pipx', 'conda', 'go', 'composer', 'snap', 'flatpak'] as const;
export type ChannelName = (typeof CHANNELS)[number];

export function isChannelName(name: string): name is ChannelName {
  return (CHANNELS as readonly string[]).includes(name);
}

/** Names of Python packages are the same whatever their case and whichever of `-`, `_` and `.` they use. */
export function normalChannelName(channel: string, name: string): string {
  if (channel === 'pip' || channel === 'pipx') return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
  return name;
}
