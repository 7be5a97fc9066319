// The fixed list of programs that drift may start (DESIGN §6.3), each by absolute path. A path is tried in order; none is looked up in PATH.
export const TOOLS = {
  rpm: ['/usr/bin/rpm', '/bin/rpm'],
  getcap: ['/usr/sbin/getcap', '/sbin/getcap', '/usr/bin/getcap'],
  'apt-helper': ['/usr/lib/apt/apt-helper'],
  /** Writes the tar archive of one .deb to stdout; asked for the original of an edited conffile only. */
  'dpkg-deb': ['/usr/bin/dpkg-deb'],
  /** Prints what its configuration means for one client (`-T -C`), and serves nobody; asked only when its package confirms its content. */
  sshd: ['/usr/sbin/sshd'],
  /** Says what a unit does; to reconcile and undo it also stops, starts and reloads. */
  systemctl: ['/usr/bin/systemctl', '/bin/systemctl'],
  /** Puts the time of a directory back after an undo, to the nanosecond. */
  touch: ['/usr/bin/touch', '/bin/touch'],
  /** Simulates a transaction (`-s`) to `drift plan`, on the running system only; to reconcile and undo it also does it. */
  'apt-get': ['/usr/bin/apt-get'],
  /** Simulates a transaction (`--assumeno`) on a copy of the rpm database; to reconcile and undo it also does it. */
  dnf: ['/usr/bin/dnf'],
  /** Holds and marks; to reconcile and undo only. */
  'apt-mark': ['/usr/bin/apt-mark'],
  /** Configures what was left half-configured; to reconcile only. */
  dpkg: ['/usr/bin/dpkg'],
  /** Gives a packaged file the capabilities that its package records (cap_set_file(3)); to reconcile and undo only. */
  setcap: ['/usr/sbin/setcap', '/sbin/setcap', '/usr/bin/setcap'],
  /** Namespaces around what `drift rebuild prove` builds; setpriv ends them with drift. */
  unshare: ['/usr/bin/unshare', '/bin/unshare'],
  setpriv: ['/usr/bin/setpriv', '/bin/setpriv'],
  /** Builds a Debian root in a private directory. */
  mmdebstrap: ['/usr/bin/mmdebstrap'],
  /** Packs what goes into a built root; unpacked is it by the root's own. */
  tar: ['/usr/bin/tar', '/bin/tar'],
  /** Hands entries to the journal, to `check --notify` only. */
  logger: ['/usr/bin/logger', '/bin/logger'],
  /** Sends mail, to `check --notify` only, and where the manifest asks for it. */
  sendmail: ['/usr/sbin/sendmail', '/usr/lib/sendmail'],
} as const satisfies Record<string, readonly string[]>;

export type Tool = keyof typeof TOOLS;
