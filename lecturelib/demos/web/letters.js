// Characters for people. Nothing here touches the page.

const LISTED = 12; // characters that a model does not know, named one by one

const percent = (p) => (p > 0 && p < 0.001 ? "< 0.1%" : `${(100 * p).toFixed(1)}%`);
// What is not seen, or turns round the letters after it (such as U+202E), has a name.
const unseen = (c) => (/[\p{C}\p{Z}\p{M}]/u.test(c) ? `U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}` : c);
const named = (c) => ({ " ": "space", "\n": "new line", "\t": "tab", "\u00a0": "fixed space" })[c] ?? unseen(c);
const quoted = (c) => (named(c) === c ? `“${c}”` : named(c));

// A typed text as the numbers that a model reads. What it does not know is left out, and said.
/** @param {string} typed @param {Map<string, number>} index of the characters that it knows @returns {{x: number[], left: string}} */
function encode(typed, index) {
  const given = [...typed], unknown = [...new Set(given.filter((c) => !index.has(c)))];
  const more = unknown.length > LISTED ? ` and ${(unknown.length - LISTED).toLocaleString("en")} others` : "";
  const left = unknown.length ? `Left out: ${unknown.slice(0, LISTED).map(quoted).join(", ")}${more}. The model knows only the
    ${index.size} characters of its training text.` : "";
  return { x: given.filter((c) => index.has(c)).map((c) => index.get(c)), left };
}
