// How versions are compared with what the manifest wants of them. Reading constraints brings a library with it, which a host without a manifest need not wait for.
import type { ChannelCheck } from '../drift/files/channels.ts';
import type { ConstraintCheck, DesiredState } from '../model/manifest.ts';

export async function channelCheck(desired: DesiredState | undefined): Promise<ChannelCheck> {
  if (desired?.channels === undefined) return () => ({ ok: true });
  return (await import('../manifest/channel-constraint.ts')).channelSatisfies;
}

export async function constraintCheck(desired: DesiredState | undefined): Promise<ConstraintCheck> {
  if (desired?.packages === undefined) return () => ({ ok: true });
  return (await import('../manifest/constraint.ts')).satisfies;
}
