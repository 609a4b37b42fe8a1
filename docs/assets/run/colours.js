/** Colours Python as the page's own code is coloured: the same marks for the same things. */
const WORD = "\\p{L}\\p{M}\\p{N}_";
const QUOTED = `"""(?:\\\\.|[^])*?(?:"""|(?![^]))|'''(?:\\\\.|[^])*?(?:'''|(?![^]))|"(?:\\\\.|[^"\\\\\\n])*"?|'(?:\\\\.|[^'\\\\\\n])*'?`;
const TOKEN = new RegExp(
  [
    `(?<comment>#[^\\n]*)`,
    `(?<prefix>(?<![${WORD}])[rbfuRBFU]{1,2})?(?<string>${QUOTED})`,
    `(?<number>(?<![${WORD}])(?:0[xXbBoO][\\da-fA-F_]+|(?:\\d[\\d_]*\\.?[\\d_]*|\\.\\d[\\d_]*)(?:[eE][+-]?\\d+)?j?))`,
    `(?<named>(?<=(?<![${WORD}])(?:def|class)\\s+)[${WORD}]+)`,
    `(?<word>[${WORD}]+)`,
  ].join("|"),
  "gmu",
);
const KEYWORD =
  /^(?:as|assert|async|await|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|lambda|nonlocal|pass|raise|return|try|while|with|yield)$/u;
const BRACES = /\{\{|\}\}|\{((?:[^{}"']|"[^"]*"|'[^']*'|\{[^{}]*\})*?)(![rsa])?(:(?:[^{}]|\{[^{}]*\})*)?\}/gu;

const escaped = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const marked = (kind, text) => (text ? `<span class="${kind}">${escaped(text)}</span>` : "");

/** The pieces of an f-string: what is in braces is code, the rest a string. */
function colouredPieces(text) {
  let html = "";
  let from = 0;
  for (const { 0: whole, 1: code, 2: how = "", 3: format = "", index } of text.matchAll(BRACES)) {
    if (code === undefined) continue;
    html += marked("s", text.slice(from, index)) + `{${coloured(code)}${escaped(how)}`;
    html += `${escaped(format.slice(0, 1))}${marked("s", format.slice(1))}}`;
    from = index + whole.length;
  }
  return html + marked("s", text.slice(from));
}

/** @param {string} code @returns {string} HTML of the same text */
export function coloured(code) {
  let html = "";
  let from = 0;
  for (const { 0: whole, index, groups } of code.matchAll(TOKEN)) {
    const { comment, prefix = "", string, number, named, word } = groups;
    html += escaped(code.slice(from, index));
    from = index + whole.length;
    if (comment) html += marked("c", comment);
    else if (number) html += marked("m", number);
    else if (named) html += marked("nf", named);
    else if (word && KEYWORD.test(word)) html += marked("k", word);
    else if (word) html += escaped(word);
    else if (/f/i.test(prefix)) html += prefix + colouredPieces(string);
    else if (prefix === "r" && /^'''[^]*'''$/.test(string)) {
      html += `r'''${coloured(string.slice(3, -3))}'''`; // a program
    } else {
      // What a block or a file begins with, or stands alone, is a docstring.
      const isText = string.length > 5 && /^("""|''')/.test(string) && /(?:^|[:\n])\s*$/.test(code.slice(0, index));
      html += prefix + marked(isText ? "sd" : "s", string);
    }
  }
  return html + escaped(code.slice(from));
}
