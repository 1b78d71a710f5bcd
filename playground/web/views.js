// The views are what the tabs show. Each has a name, a title, the job whose answer it shows,
// and functions: build makes its panel, once; show shows an answer. A view with call depends on
// the call, and one with slow is answered by an engine of its own.

import { make } from "./dom.js";
import { callsView } from "./calls.js";
import { messageOf } from "./editor.js";
import { placesIn } from "./places.js";

// printed returns a text of the command, with the places in it as buttons.
export function printed(text, page) {
  const parts = placesIn(text).map((part) =>
    typeof part === "string" ? part : make("button", { type: "button", class: "place", click: () => page.editor.goBytes(part.line, part.bytes) }, part.text));
  return make("pre", { tabindex: "0" }, ...parts);
}

// trouble returns what a job said on standard error, if anything.
function trouble(answer, page) {
  return answer.err ? [printed(answer.err.trimEnd(), page)] : [];
}

// finding returns an item of a list of faults, notes or findings.
export function finding(m, page) {
  const item = make("li", { class: `finding ${m.severity}` }, make("span", { class: "severity" }, `${m.severity} `));
  if (m.line > 0) {
    item.append(make("button", { type: "button", class: "place", click: () => page.editor.go(m.line, m.col) }, `${m.line}:${m.col}`), " ");
  }
  item.append(messageOf(m));
  if (m.accepted) item.append(` (accepted: ${m.accepted})`);
  if (m.why) item.append(make("span", { class: "why" }, m.why));
  return item;
}

const explain = {
  name: "explain", title: "Explain", job: "explain", call: true,
  show(panel, answer, page) {
    panel.replaceChildren(...(answer.out ? [printed(answer.out.trimEnd(), page)] : []), ...trouble(answer, page));
  },
};

const graph = {
  name: "graph", title: "Graph", job: "graph", call: true,
  show(panel, answer, page) {
    if (!answer.out) {
      panel.replaceChildren(...trouble(answer, page));
      return;
    }
    const image = make("img", {
      src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(answer.out)}`,
      alt: `How ${page.state.call} is decided, from the first condition to the last; Explain says the same in words.`,
    });
    panel.replaceChildren(make("div", { class: "picture", tabindex: "0", role: "group", "aria-label": "Picture" }, image), ...trouble(answer, page));
  },
};

const audit = {
  name: "audit", title: "Audit", job: "audit", slow: true,
  show(panel, answer, page) {
    const list = answer.value ?? [];
    const about = list.length === 0 ? "Nothing is suspicious." : `${list.length} ${list.length === 1 ? "finding" : "findings"}`;
    panel.replaceChildren(...(answer.err ? [] : [make("p", {}, about)]), make("ol", { class: "findings" }, ...list.map((m) => finding(m, page))), ...trouble(answer, page));
  },
};

const diff = {
  name: "diff", title: "Diff", job: "diff", slow: true,
  build(panel, page) {
    const other = make("textarea", {
      id: "other", spellcheck: "false", "aria-describedby": "other-about",
      input: () => page.change({ other: other.value }),
    });
    panel.append(
      make("label", { for: "other" }, "Compare with this text, in JSON or YAML"), other,
      make("p", { id: "other-about", class: "row" }, "If it is empty, with the built-in profile. ",
        make("button", { type: "button", click: () => page.change({ other: (other.value = page.editor.text) }) }, "Take the text as it is now")),
      (this.result = make("div", { id: "differences" })));
    this.other = other;
  },
  show(_, answer, page) {
    if (this.other.value !== page.state.other) this.other.value = page.state.other;
    const same = make("p", {}, "Both answer every call alike, which is proved.");
    const out = answer.out ? printed(answer.out.trimEnd(), page) : answer.err ? "" : same;
    this.result.replaceChildren(out, ...trouble(answer, page));
  },
};

const harden = {
  name: "harden", title: "Hardened", job: "harden", slow: true,
  show(panel, answer, page) {
    const about = make("p", {}, "The profile by which runc refuses what the text means to refuse.");
    const changes = answer.err ? [make("p", {}, answer.out ? "What it changes under runc:" : "There is no such profile:"), printed(answer.err.trimEnd(), page)] : [];
    const take = make("button", { type: "button", click: () => page.editor.replace(answer.out) }, "Put it into the editor");
    panel.replaceChildren(about, ...changes, ...(answer.out ? [take, make("pre", { tabindex: "0" }, answer.out)] : []));
  },
};

const listing = {
  name: "listing", title: "Listing", job: "listing",
  show(panel, answer, page) {
    panel.replaceChildren(...(answer.out ? [make("pre", { tabindex: "0" }, answer.out)] : []), ...trouble(answer, page));
  },
};

const sizes = {
  name: "sizes", title: "Sizes", job: "summary",
  show(panel, answer, page) {
    const filter = page.checked?.filter;
    const rows = (filter?.abis ?? []).map((a) => make("tr", {}, make("th", { scope: "row" }, a.abi), ...[a.cached, a.mean.toFixed(2), a.max].map((n) => make("td", {}, String(n)))));
    const table = make("table", {},
      make("caption", {}, "Calls that are always allowed, and the instructions that one executes"),
      make("thead", {}, make("tr", {}, ...["ABI", "Calls", "Mean", "Most"].map((t) => make("th", { scope: "col" }, t)))),
      make("tbody", {}, ...rows));
    panel.replaceChildren(...(answer.out ? [printed(answer.out.trimEnd(), page)] : []), ...(rows.length ? [table] : []), ...trouble(answer, page));
  },
};

export const views = [explain, callsView, graph, audit, diff, harden, listing, sizes];
