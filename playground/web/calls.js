// The view of all calls by what they get.

import { answerClass, make } from "./dom.js";

// several is what stands for the answers of a call that depend on its arguments.
const several = "by arguments";

// rowsOf returns the calls of an ABI with their answers, sorted by name.
function rowsOf(table) {
  const rows = new Map();
  for (const by of table?.actions ?? []) {
    const answer = by.errno ? `${by.action} ${by.errno}` : by.action;
    for (const call of by.calls) rows.set(call, { call, answer, text: answer });
    for (const call of by.some) {
      const before = rows.get(call);
      rows.set(call, { call, answer: several, text: before ? `${before.text} or ${answer}` : answer });
    }
  }
  return [...rows.values()].sort((a, b) => (a.call < b.call ? -1 : 1));
}

export const callsView = {
  name: "calls", title: "Calls", job: "calls",
  abi: "", // that is shown
  only: "", // the answer that is shown, "" for all

  build(panel, page) {
    this.page = page;
    this.choice = make("select", { id: "calls-abi", change: () => { this.abi = this.choice.value; this.fill(); } });
    this.words = make("input", { id: "calls-search", type: "search", size: "16", autocomplete: "off", input: () => this.fill() });
    this.chips = make("span", { class: "buttons", role: "group", "aria-label": "Answers" });
    this.count = make("p", { role: "status" });
    this.trouble = make("p");
    this.body = make("tbody");
    panel.append(
      make("form", { submit: (e) => e.preventDefault() },
        make("label", { for: "calls-abi" }, "ABI"), this.choice, make("label", { for: "calls-search" }, "Search"), this.words, this.chips),
      this.count, this.trouble,
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of calls" },
        make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Call"), make("th", { scope: "col" }, "Answer"))), this.body)));
  },

  show(_, answer) {
    this.tables = answer.value ?? [];
    this.trouble.textContent = answer.err;
    const abis = this.tables.map((t) => t.abi || "other ABIs");
    if (!abis.includes(this.abi)) this.abi = abis[0] ?? "";
    this.choice.replaceChildren(...abis.map((a) => make("option", { selected: a === this.abi }, a)));
    this.fill();
  },

  fill() {
    const table = this.tables.find((t) => (t.abi || "other ABIs") === this.abi);
    const rows = rowsOf(table);
    const counts = new Map();
    for (const r of rows) counts.set(r.answer, (counts.get(r.answer) ?? 0) + 1);
    if (!counts.has(this.only)) this.only = "";
    this.chips.replaceChildren(...[...counts].sort((a, b) => b[1] - a[1]).map(([answer, n]) =>
      make("button", {
        type: "button", class: `chip ${answerClass(answer)}`, "aria-pressed": String(this.only === answer),
        click: () => { this.only = this.only === answer ? "" : answer; this.fill(); },
      }, `${answer} ${n}`)));
    const words = this.words.value.trim().toLowerCase().split(/\s+/);
    const shown = rows.filter((r) => (!this.only || r.answer === this.only) && words.every((w) => r.call.includes(w)));
    this.count.textContent = rows.length === 0 && table ? `Every call: ${table.actions.map((a) => a.action).join(", ")}` : `${shown.length} of ${rows.length} calls`;
    this.body.replaceChildren(...shown.map((r) =>
      make("tr", {},
        make("td", {}, make("button", { type: "button", class: "place", click: () => this.page.explain(r.call, this.abi) }, r.call)),
        make("td", { class: answerClass(r.answer) }, r.answer === several ? `${several}: ${r.text}` : r.answer))));
  },
};
