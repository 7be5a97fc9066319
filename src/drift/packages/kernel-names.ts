// Debian and Ubuntu name each kernel build a package of its own ('linux-image-6.1.0-49-amd64'); the metapackage follows the newest.

const BUILD = /^(linux-(?:image|headers|modules|modules-extra|tools|buildinfo))-(?:unsigned-)?(\d+\.[\w.+~]{1,60}(?:-\d[\w.+~]{0,40})?)-([a-z][a-z0-9-]{0,60})$/;

/** 'linux-image-6.1.0-49-amd64' → 'linux-image-amd64'; undefined for a name that is no kernel build's. */
export function kernelMetapackage(name: string): string | undefined {
  const match = BUILD.exec(name);
  return match === null ? undefined : `${match[1]}-${match[3]}`;
}
