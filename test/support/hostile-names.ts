// Names that a host can have and that a format could choke on; each is a path of bytes. And the way back from how reports show them.

const PIECES: readonly string[] = [
  // What a format takes for its own.
  '|', ';', '=', "'", '"', '"} 1', '\\', '\\n', '\\\\', '\\x41', '\\u{41}', '<', '>', '&', '&amp;', '&#x3c;', '</details>', '<script>alert(1)</script>', ']]>', '<!--', '-->', '<?x', '{0}', '{{', '[a](b)', '![x](http://deb.example.org)',
  '%', '%2f', '%00', '#', '# HELP drift_x y', '?a=b', ':', 'c:', '//x', '@', '`id`', '$(id)', '$HOSTADDRESS$', '*', '[*]', '~', '!', ',', ' ', '  ', ' x ', '-', '--json', '...', '=cmd()', '+1',
  // What a terminal obeys, or a person cannot see.
  '\n', '\r', '\r\n', '\t', '\x01', '\x07', '\b', '\x0b', '\x0c', '\x1b[2J', '\x1b]0;x\x07', '\x1f', '\x7f', '\ndrift_findings 0\n', '\nDRIFT OK - fine',
  ...['\u0085', '\u009b31m', '\u00a0', '\u00ad', '\u0301', 'e\u0301', '\u200b', '\u200e', '\u202e', '\u2028', '\u2029', '\u2066', '\ufeff', '\ufffd', '\ufffe', '\uffff', '\ufe0f', '\u{1fffe}', '\u{e0041}', '\u{10ffff}', 'café', '日本', '😀', '\u3000', 'ﷺ'].map(utf8),
  // What is no UTF-8.
  '\xff', '\xfe\xff', '\x80', '\xc3', '\xc0\xaf', '\xc1\x81', '\xe0\x80\x80', '\xed\xa0\x80', '\xed\xbf\xbf', '\xf0\x80\x80\x80', '\xf4\x90\x80\x80', '\xf8\x88\x80\x80\x80', '\xe2\x82', 'caf\xe9', '\xef\xbf',
];

function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** 200 and more absolute paths, all different, as byte strings. */
export function hostileNames(): readonly string[] {
  const single = Array.from({ length: 255 }, (_, index) => index + 1).filter((byte) => byte !== 47 && (byte < 48 || byte > 122)).map((byte) => `a${String.fromCharCode(byte)}`);
  const names = [...PIECES, ...PIECES.map((piece) => `x${piece}y`), ...single, 'n'.repeat(255), `${'d'.repeat(255)}/`.repeat(14) + 'deep'];
  return [...new Set(names.map((name) => `/srv/${name}`))];
}

/** What `visible` made of a byte string. */
export function unescaped(shown: string): string {
  let out = '';
  for (const match of shown.matchAll(/\\(?:x([0-9a-f]{2})|u\{([0-9a-f]+)\}|([ntr\\]))|([^\\])/gsu)) {
    const [, byte, code, short, plain] = match;
    if (byte !== undefined) out += String.fromCharCode(Number.parseInt(byte, 16));
    else if (code !== undefined) out += utf8(String.fromCodePoint(Number.parseInt(code, 16)));
    else if (short !== undefined) out += { n: '\n', t: '\t', r: '\r', '\\': '\\' }[short]!;
    else out += utf8(plain!);
  }
  return out;
}
