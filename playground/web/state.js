// The state of the page is in the fragment of its URL: "#1." and then the fields that are
// not the default, as JSON, compressed, in base64url. Another format gets another number.

const version = 1;

// stateMost is how many bytes a state may have, uncompressed: short links can expand to
// gigabytes, and a field of many megabytes stops the page for seconds.
const stateMost = 1 << 20;

// fragmentMost is how long a fragment may be. Browsers, chats and trackers cut longer ones.
const fragmentMost = 64 << 10;

// fieldMost is how many characters a field of one line may have, as in the page.
const fieldMost = 4096;

// texts are the fields of many lines.
const texts = ["text", "other"];

// fields are those of the state, which are all strings.
export const fields = ["text", "arch", "kernel", "caps", "compat", "call", "tab", "other"];

// encode returns the fragment of a state, "" for the default one, or null if it is too long
// for a URL.
export async function encode(state, defaults) {
  const changed = {};
  for (const f of fields) if (state[f] !== defaults[f]) changed[f] = state[f];
  if (Object.keys(changed).length === 0) return "";
  const json = new TextEncoder().encode(JSON.stringify(changed));
  if (json.length > stateMost) return null;
  const bytes = await pipe(json, new CompressionStream("deflate-raw"));
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  const fragment = `#${version}.${btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
  return fragment.length > fragmentMost ? null : fragment;
}

// decode returns what a fragment changes of the default state. An error says why it cannot be
// read.
export async function decode(fragment) {
  if (fragment === "" || fragment === "#") return {};
  const [, number, data] = /^#(\d{1,9})\.([\w-]*)$/.exec(fragment) ?? [];
  if (number === undefined) throw new Error("the part of the link after # is not one of this page (was it cut, or wrapped?)");
  if (Number(number) !== version) {
    throw new Error(`the link is of format ${number}, and this page reads format ${version} (open it with a newer page)`);
  }
  let state;
  try {
    const bytes = Uint8Array.from(atob(data.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    state = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await pipe(bytes, new DecompressionStream("deflate-raw"))));
  } catch {
    throw new Error("the part of the link after # is damaged (was it cut, or wrapped?)");
  }
  if (typeof state !== "object" || state === null || Array.isArray(state)) throw new Error("the part of the link after # is damaged");
  for (const [name, value] of Object.entries(state)) {
    if (!fields.includes(name)) throw new Error(`the link has ${JSON.stringify(name)}, which this page does not know (open it with a newer page)`);
    if (typeof value !== "string") throw new Error("the part of the link after # is damaged");
    if (value.length > fieldMost && !texts.includes(name)) throw new Error(`the link has more than ${fieldMost} characters for ${name}`);
  }
  return { ...state };
}

// pipe returns what a stream makes of bytes: an error if it is more than a state may have.
async function pipe(bytes, through) {
  const parts = [];
  let size = 0;
  for (const reader = new Blob([bytes]).stream().pipeThrough(through).getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    if ((size += value.length) > stateMost) {
      await reader.cancel();
      throw new Error("too long");
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
