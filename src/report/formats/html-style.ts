// The look of the HTML report: light and dark, paper, a telephone. No font, picture or script is loaded, so that the page can be mailed and kept.

/** Only what can be opened is drawn late: with two thousand paragraphs that are, Chromium works ten seconds on the first Tab. */
export const HTML_STYLE = `
:root{color-scheme:light dark;--page:#fff;--ink:#1c1c1e;--soft:#5c5c63;--line:#d9d9de;--card:#f6f6f8;--critical:#a3001b;--high:#a8390a;--medium:#7a5600;--low:#2b5d8c;--info:#5c5c63}
@media (prefers-color-scheme:dark){:root{--page:#141416;--ink:#ececf0;--soft:#a5a5ad;--line:#3a3a40;--card:#1e1e21;--critical:#ff8a94;--high:#ffa276;--medium:#e8c26a;--low:#8dc0f0;--info:#a5a5ad}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:64rem;background:var(--page);color:var(--ink);font:1rem/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.2rem 0}
h2{font-size:1.15rem;margin:1.6rem 0 .4rem}
p{margin:.3rem 0}
.soft,dt,footer{color:var(--soft)}
code,pre,.subject{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.92em}
nav ul{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;margin:.8rem 0;padding:0}
nav a{display:block;padding:.35rem .8rem;border:1px solid var(--line);border-radius:.4rem;background:var(--card);color:inherit;text-decoration:none}
a{color:inherit}
details,.plain{border:1px solid var(--line);border-left:.3rem solid var(--tone,var(--line));border-radius:.3rem;margin:.35rem 0;padding:.35rem .7rem;background:var(--card)}
details{content-visibility:auto;contain-intrinsic-size:auto 3rem}
summary{cursor:pointer;padding:.15rem 0}
a:focus-visible,summary:focus-visible{outline:3px solid var(--low);outline-offset:2px}
.subject{font-weight:600}
.critical{--tone:var(--critical)}
.high{--tone:var(--high)}
.medium{--tone:var(--medium)}
.low{--tone:var(--low)}
.info{--tone:var(--info)}
h2,nav b{color:var(--tone,inherit)}
dl{display:grid;grid-template-columns:minmax(6rem,auto) 1fr;gap:.15rem .8rem;margin:.4rem 0}
dd{margin:0;min-width:0}
pre{white-space:pre-wrap;margin:.4rem 0;padding:.5rem;border:1px solid var(--line);border-radius:.3rem;background:var(--page)}
footer{margin-top:2rem;border-top:1px solid var(--line);padding-top:.5rem;font-size:.9rem}
@media (max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}}
@media print{:root{--page:#fff;--ink:#000;--soft:#444;--line:#999;--card:#fff;--critical:#a3001b;--high:#a8390a;--medium:#7a5600;--low:#2b5d8c;--info:#444}body{max-width:none;padding:0;font-size:10pt}nav{display:none}details,.plain{break-inside:avoid}details{content-visibility:visible}details::details-content{content-visibility:visible;block-size:auto}summary{list-style:none}}
`;

/** sha256 of HTML_STYLE in base64, for the page's content policy; a test keeps it right. */
export const HTML_STYLE_DIGEST = 'gfxGLkC6T9w1cPWraPrTCXbC1HqUtiTEhl5gVyqi6As=';
