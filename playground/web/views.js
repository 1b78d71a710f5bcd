// The views are what the tabs show. Each has a name, a title, the job whose answer it shows,
// and functions: build makes its panel, once; load shows what it has of
// a state; show shows an answer. A view with call depends on
// the call, one with other on the other text, and one with slow is answered by an engine
// of its own.

import { callsView } from "./calls.js";
import { make } from "./dom.js";
import { findingList } from "./marks.js";
import { printed, saver, trouble } from "./printed.js";

const explain = {
  name: "explain", title: "Explain", job: "explain", call: true,
  show(panel, answer, page) {
    panel.replaceChildren(...(answer.out ? [printed(answer.out, page)] : []), ...trouble(answer, page));
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
    panel.replaceChildren(
      saver("call.svg", "image/svg+xml", answer.out),
      make("div", { class: "picture", tabindex: "0", role: "group", "aria-label": "Picture" }, image), ...trouble(answer, page));
  },
};

const audit = {
  name: "audit", title: "Audit", job: "audit", slow: true,
  show(panel, answer, page) {
    const list = answer.value ?? [];
    const about = list.length === 0 ? "Nothing is suspicious." : `${list.length} ${list.length === 1 ? "finding" : "findings"}`;
    panel.replaceChildren(
      ...(answer.err ? [] : [make("p", { role: "status" }, about)]),
      make("ol", { class: "findings" }, ...findingList(list, page)), ...trouble(answer, page));
  },
};

const diff = {
  name: "diff", title: "Diff", job: "diff", other: true, slow: true,
  build(panel, page) {
    this.text = make("textarea", {
      id: "other", spellcheck: "false", "aria-describedby": "other-about", input: () => page.change({ other: this.text.value }),
    });
    const take = () => page.change({ other: (this.text.value = page.editor.text) });
    this.result = make("div");
    panel.append(
      make("label", { for: "other" }, "The old text, in JSON or YAML"), this.text,
      make("p", { class: "row" },
        make("span", { id: "other-about" }, "If it is empty, the built-in profile is the old one."),
        make("button", { type: "button", click: take }, "Take the text as it is now")),
      this.result);
  },
  load(state) {
    this.text.value = state.other;
  },
  show(_, answer, page) {
    const same = make("p", { role: "status" }, "Both answer every call alike, which is proved.");
    const weaker = findingList((answer.value ?? []).map((text) => ({ severity: "error", line: 0, text })), page);
    const about = make("p", { class: "kills" }, "The policy of the old text is weaker than that text:");
    this.result.replaceChildren(
      ...(weaker.length ? [about, make("ol", { class: "findings" }, ...weaker)] : []),
      answer.out ? printed(answer.out, page) : answer.err ? "" : same, ...trouble(answer, page));
  },
};

const harden = {
  name: "harden", title: "Hardened", job: "harden", slow: true,
  show(panel, answer, page) {
    panel.replaceChildren(
      make("p", {}, answer.out ? "By this profile runc refuses what the text means to refuse." : "No hardened profile:"),
      ...(answer.out && answer.err ? [make("p", {}, "What it changes under runc:")] : []),
      ...trouble(answer, page));
    if (!answer.out) return;
    const take = make("button", { type: "button", click: () => page.editor.replace(answer.out) }, "Put it into the editor");
    panel.append(make("p", { class: "buttons" }, take, saver("hardened.json", "application/json", answer.out)), make("pre", { tabindex: "0" }, answer.out));
  },
};

const listing = {
  name: "listing", title: "Listing", job: "listing",
  show(panel, answer, page) {
    const shown = answer.out ? [saver("listing.txt", "text/plain", answer.out), make("pre", { tabindex: "0" }, answer.out)] : [];
    panel.replaceChildren(...shown, ...trouble(answer, page));
  },
};

const sizes = {
  name: "sizes", title: "Sizes", job: "summary",
  show(panel, answer, page) {
    const cells = (a) => [a.cached, a.mean.toFixed(2), a.max].map((n) => make("td", {}, String(n)));
    const rows = (page.checked?.filter?.abis ?? []).map((a) => make("tr", {}, make("th", { scope: "row" }, a.abi), ...cells(a)));
    const table = make("table", {},
      make("caption", {}, "Calls that are always allowed, and the instructions that one executes"),
      make("thead", {}, make("tr", {}, ...["ABI", "Calls", "Mean", "Most"].map((t) => make("th", { scope: "col" }, t)))),
      make("tbody", {}, ...rows));
    panel.replaceChildren(...(answer.out ? [printed(answer.out, page)] : []), ...(rows.length ? [table] : []), ...trouble(answer, page));
  },
};

export const views = [explain, callsView, graph, audit, diff, harden, listing, sizes];
