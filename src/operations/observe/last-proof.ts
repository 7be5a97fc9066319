// The newest proof without a difference that `drift rebuild prove` kept on this host. Reads only.
import type { Host } from '../../host/host.ts';
import { isJsonObject, readJson } from '../../host/json-file.ts';
import { joinPath, type BytePath } from '../../model/bytes.ts';
import { PROOF_SCHEMA, PROOFS_NAME, type LastProof } from '../../model/prove.ts';
import { STATE_DIRECTORY } from '../../model/run-places.ts';

/** Newest first; more are not looked at. */
const MAX_PROOFS = 200;
const NAME = /^\d{8}T\d{9}Z\.json$/;

/** Undefined: none. What others than root could have written proves nothing. */
export function readLastProof(host: Host): LastProof | undefined {
  const directory: BytePath = joinPath(STATE_DIRECTORY, PROOFS_NAME);
  for (const path of [STATE_DIRECTORY, directory]) {
    const stat = host.lstat(path);
    if (!stat.ok || stat.value.uid !== 0 || (stat.value.mode & 0o170_077) !== 0o040_000) return undefined;
  }
  const listed = host.list(directory);
  const names = listed.ok ? listed.value.map(({ name }) => name).filter((name) => NAME.test(name)).sort().reverse().slice(0, MAX_PROOFS) : [];
  for (const name of names) {
    const path = joinPath(directory, name);
    const proof = readJson(host, path);
    if (!isJsonObject(proof) || proof['schema'] !== PROOF_SCHEMA || !Array.isArray(proof['differences']) || proof['differences'].length > 0 || !isJsonObject(proof['list'])) continue;
    const provedAt = typeof proof['provedAt'] === 'string' ? Date.parse(proof['provedAt']) : Number.NaN;
    const gist = proof['list']['gist'];
    if (Number.isFinite(provedAt) && typeof gist === 'string') return { path, provedAt, gist };
  }
  return undefined;
}
