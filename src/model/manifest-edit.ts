// A decision of a person, before it is text in a manifest.
import type { SourcePosition } from './manifest.ts';

/** Values as they are to stand in the manifest (UTF-8 text). `replaces`: where the entry stands that is to say this from now on. */
export type ManifestEdit =
  | { readonly kind: 'package'; readonly name: string; /** 'any' unless said. */ readonly constraint?: string; readonly comment?: string }
  | { readonly kind: 'allow'; readonly path: string; readonly reason: string; readonly owner?: string; readonly until?: string; readonly sha256?: string; readonly replaces?: SourcePosition }
  | { readonly kind: 'channel'; readonly channel: string; readonly name: string; readonly constraint: string }
  | {
    readonly kind: 'listener'; /** '443/tcp'. */ readonly port: string; readonly address?: string; readonly program?: string; readonly package?: string;
    readonly unit?: string; readonly user?: string; readonly sha256?: string; readonly namespace?: string;
    readonly replaces?: SourcePosition;
    readonly confirmed: { readonly by: string; readonly on: string; readonly reason?: string; readonly until?: string };
  };

export type ListenerEdit = Extract<ManifestEdit, { readonly kind: 'listener' }>;
export type AllowEdit = Extract<ManifestEdit, { readonly kind: 'allow' }>;
