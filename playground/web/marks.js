// Faults, notes and findings as lists.

import { make } from "./dom.js";
import { messageOf } from "./editor.js";

// shownMost is how many items a list has.
const shownMost = 200;

// finding returns an item of a list.
export function finding(m, page) {
  const item = make("li", { class: `finding ${m.severity}` }, make("span", { class: "severity" }, `${m.severity} `));
  if (m.line > 0) {
    item.append(make("button", { type: "button", class: "place", click: () => page.editor.go(m.line, m.units) }, `${m.line}:${m.col}`), " ");
  }
  item.append(messageOf(m));
  if (m.calls) item.append(make("ul", { class: "calls" }, ...m.calls.map((c) => make("li", {}, c))));
  if (m.accepted) item.append(` (accepted: ${m.accepted})`);
  if (m.why) item.append(make("span", { class: "why" }, m.why));
  return item;
}

// findingList returns the items for findings, the most severe first.
export function findingList(list, page) {
  const rank = { error: 0, warning: 1, info: 2 };
  return short([...list].sort((a, b) => rank[a.severity] - rank[b.severity]), page);
}

// markList returns the items for what the check found, the harmless notes folded.
export function markList(marks, page) {
  const harmless = marks.filter((m) => m.harmless);
  const items = findingList(marks.filter((m) => !m.harmless), page);
  if (harmless.length > 0) {
    const summary = make("summary", {}, `${harmless.length} harmless ${harmless.length === 1 ? "note" : "notes"}`);
    items.push(make("li", {}, make("details", {}, summary, make("ol", {}, ...short(harmless, page)))));
  }
  return items;
}

function short(list, page) {
  const items = list.slice(0, shownMost).map((m) => finding(m, page));
  if (list.length > shownMost) items.push(make("li", {}, `and ${list.length - shownMost} more`));
  return items;
}
