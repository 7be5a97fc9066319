// Colours for the text report: on a terminal only, and NO_COLOR (no-color.org), --no-color and TERM=dumb turn them off.
import { styleText } from 'node:util';
import type { Paint, Style } from '../report/text-options.ts';

type Format = Parameters<typeof styleText>[0];

const FORMATS: Readonly<Record<Style, Format>> = {
  critical: ['bold', 'red'],
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  info: 'gray',
  sign: 'bold',
  strong: 'bold',
  dim: 'gray',
};

export function wantsColour(stream: NodeJS.WriteStream, noColor: boolean): boolean {
  const { NO_COLOR, TERM } = process.env;
  return stream.isTTY === true && !noColor && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}

export function paintFor(colour: boolean): Paint {
  if (!colour) return (_style, text) => text;
  return (style, text) => styleText(FORMATS[style], text, { validateStream: false });
}
