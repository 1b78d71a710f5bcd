// The tabs with their panels: the arrow keys, Home and End move between them.

import { make } from "./dom.js";

export class Tabs {
  constructor(views, list, panels, page) {
    this.views = views;
    this.page = page;
    this.buttons = new Map();
    this.panels = new Map();
    this.shown = new Map(); // the questions whose answers are in the panels, by view
    for (const v of views) {
      const panel = make("div", { id: `panel-${v.name}`, role: "tabpanel", "aria-labelledby": `tab-${v.name}`, hidden: true });
      const button = make("button", {
        id: `tab-${v.name}`, type: "button", role: "tab", "aria-controls": panel.id,
        click: () => this.#choose(v.name), keydown: (e) => this.#key(e),
      }, v.title);
      v.build?.(panel, page);
      this.buttons.set(v.name, button);
      this.panels.set(v.name, panel);
      list.append(button);
      panels.append(panel);
    }
    this.select(views[0].name);
  }

  // select shows a tab, the first one for an unknown name.
  select(name) {
    this.view = this.views.find((v) => v.name === name) ?? this.views[0];
    for (const v of this.views) {
      const on = v === this.view;
      this.buttons.get(v.name).setAttribute("aria-selected", String(on));
      this.buttons.get(v.name).tabIndex = on ? 0 : -1;
      this.panels.get(v.name).hidden = !on;
    }
  }

  // load shows the tab of a state, and what other views have of it.
  load(state) {
    for (const v of this.views) v.load?.(state);
    this.select(state.tab);
  }

  #choose(name) {
    this.select(name);
    this.page.change({ tab: this.view.name });
  }

  #key(e) {
    const at = this.views.indexOf(this.view);
    const n = this.views.length;
    const to = { ArrowRight: (at + 1) % n, ArrowLeft: (at + n - 1) % n, Home: 0, End: n - 1 }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    this.#choose(this.views[to].name);
    this.buttons.get(this.view.name).focus();
  }

  // refresh asks for what the tab shows, unless it shows that already. The page itself asks
  // for explanations, whichever tab is shown.
  async refresh() {
    const v = this.view;
    if (v.job === "explain") return;
    const question = this.page.question(v);
    const asked = JSON.stringify(question);
    if (this.shown.get(v) === asked) return;
    const panel = this.panels.get(v.name);
    panel.setAttribute("aria-busy", "true");
    const [engine, kind] = v.slow ? [this.page.slow, "slow view"] : [this.page.checks, "view"];
    try {
      const got = await engine.ask(kind, question);
      if (!got) return; // a newer question has the panel busy
      this.shown.set(v, asked);
      v.show(panel, got.answer, this.page);
    } catch (err) {
      this.shown.delete(v);
      v.show(panel, { out: "", err: this.page.failed(err), value: null }, this.page);
    }
    panel.removeAttribute("aria-busy");
  }

  // explained shows an explanation.
  explained(answer) {
    const v = this.views.find((v) => v.job === "explain");
    v.show(this.panels.get(v.name), answer, this.page);
  }
}
