// What the command prints.

import { make } from "./dom.js";
import { placesIn } from "./places.js";

// printed returns a text of the command, in which places of the profile are buttons.
export function printed(text, page) {
  const parts = placesIn(text.trimEnd()).map((part) =>
    typeof part === "string" ? part : make("button", { type: "button", class: "place", click: () => page.editor.goBytes(part.line, part.bytes) }, part.text));
  return make("pre", { tabindex: "0" }, ...parts);
}

// troubleMost is how many characters of standard error are shown.
const troubleMost = 1 << 16;

// trouble returns what a job said on standard error, if anything.
export function trouble(answer, page) {
  if (!answer.err) return [];
  return [printed(answer.err.length > troubleMost ? `${answer.err.slice(0, troubleMost)} …` : answer.err, page)];
}

// saver returns a button that saves a text as a file.
export function saver(name, type, text) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([text], { type }));
    make("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  };
  return make("button", { type: "button", click: save }, `Save as ${name}`);
}
