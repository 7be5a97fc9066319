// How a text report may look: colour and width come from whoever writes it out.
import type { Severity } from '../model/finding.ts';

export type Style = Severity | 'sign' | 'dim' | 'strong';
/** Puts colour around text; the report itself knows no terminal. */
export type Paint = (style: Style, text: string) => string;

export interface TextOptions {
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
  /** Nothing is collapsed: the person asked for these kinds. */
  readonly full: boolean;
  /** drift ran as root: what was denied to it, root alone does not open. */
  readonly asRoot: boolean;
  /** The person is about to be asked what should become of it: no line of a manifest is proposed. */
  readonly asking?: true;
}
