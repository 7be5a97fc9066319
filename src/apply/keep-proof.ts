// Writes a proof down in /var/lib/drift/proofs, where only root can: a new file for each, never over another.
import { writeDurable } from '../host/durable-log.ts';
import { openOwn, writableHost } from '../host/writable-host.ts';
import { joinPath, type BytePath } from '../model/bytes.ts';
import { PROOFS_NAME, type ProofRecord } from '../model/prove.ts';
import { STATE_DIRECTORY } from '../model/run-places.ts';
import { ok, type Result } from '../model/result.ts';
import { proofJson } from '../report/rebuild/proof-json.ts';

/** Its path, as seen inside `root`. */
export function keepProof(record: ProofRecord, root: BytePath = '/'): Result<BytePath> {
  const host = writableHost(root);
  if (!host.ok) return host;
  const state = host.value.ownDirectory(STATE_DIRECTORY);
  if (!state.ok) return state;
  try {
    const proofs = openOwn(state.value, PROOFS_NAME);
    if (!proofs.ok) return proofs;
    try {
      const name = `${new Date(record.provedAt).toISOString().replaceAll(/[-:]/g, '').replace(/\.(\d+)Z$/, '$1Z')}.json`;
      const written = writeDurable(proofs.value, name, Buffer.from(proofJson(record), 'utf8'));
      if (!written.ok) return written;
      const synced = proofs.value.sync();
      return synced.ok ? ok(joinPath(`${STATE_DIRECTORY}/${PROOFS_NAME}`, name)) : synced;
    } finally {
      proofs.value.close();
    }
  } finally {
    state.value.close();
  }
}
