// drift.proof/1: what came of building a host again, as JSON (schema in docs/reference/proof.schema.json).
import type { Proved, ProofRecord } from '../../model/prove.ts';
import { bytesField, jsonText } from '../check/json.ts';

export function proofJson(proof: ProofRecord | Proved): string {
  const { backup, differences, drift, host, list, packages, provedAt, schema } = proof;
  return jsonText({
    schema, drift, provedAt: new Date(provedAt).toISOString(), host: { name: host.name, os: host.os, ...bytesField('root', host.root) }, list, ...(backup === undefined ? {} : { backup: { sha256: backup.sha256 } }), packages,
    differences: differences.map(({ kind, message, name, path }) => ({ kind, ...(name === '' ? {} : { name }), ...(path === undefined ? {} : bytesField('path', path)), message })),
    ...('unproved' in proof ? { unproved: proof.unproved.map((path) => bytesField('path', path)), changedSince: proof.changedSince.map((path) => bytesField('path', path)), warnings: proof.warnings, ...(proof.keptAs === undefined ? {} : bytesField('keptAs', proof.keptAs)), ...(proof.builtRoot === undefined ? {} : bytesField('builtRoot', proof.builtRoot)) } : {}),
  });
}
