// Places in a text: a line and a column, both from 1.

// spanAt returns the offsets in a line's text of what starts at a column in units of UTF-16: a
// string, a word, or one character.
export function spanAt(line, column) {
  const from = Math.max(0, Math.min(column - 1, line.length));
  const rest = line.slice(from);
  const token = /^"(?:[^"\\]|\\.)*"?|^'[^']*'?|^[!&*]?[\w.+-]+|^!![\w.+-]+/u.exec(rest)?.[0] ?? /^./u.exec(rest)?.[0] ?? "";
  return [from, from + token.length];
}

// columnOf returns the column in units of UTF-16 of a column in bytes of UTF-8.
export function columnOf(line, bytes) {
  let at = 1;
  let units = 0;
  for (const c of line) {
    if (at >= bytes) break;
    const code = c.codePointAt(0);
    at += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    units += c.length;
  }
  return units + 1;
}

// placesIn parts a text that the command printed into strings and places in the profile, whose
// columns are in bytes.
export function placesIn(text) {
  const parts = [];
  let end = 0;
  for (const m of text.matchAll(/\bprofile\.(?:json|yaml):(\d+)(?::(\d+))?/g)) {
    if (m.index > end) parts.push(text.slice(end, m.index));
    parts.push({ text: m[0], line: Number(m[1]), bytes: Number(m[2] ?? 1) });
    end = m.index + m[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}
