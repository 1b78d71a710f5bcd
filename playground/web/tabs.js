// The tabs with their panels: the arrow keys, Home and End move between them.

import { make } from "./dom.js";

export class Tabs {
  constructor(views, list, panels, page) {
    this.views = views;
    this.page = page;
    this.buttons = new Map();
    this.panels = new Map();
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

  // select shows a tab, the first one for a name that there is not.
  select(name) {
    this.view = this.views.find((v) => v.name === name) ?? this.views[0];
    for (const v of this.views) {
      const on = v === this.view;
      this.buttons.get(v.name).setAttribute("aria-selected", String(on));
      this.buttons.get(v.name).tabIndex = on ? 0 : -1;
      this.panels.get(v.name).hidden = !on;
    }
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

  // refresh asks for what the tab shows, if that depends on what has changed.
  async refresh(changed) {
    const v = this.view;
    if (v.job === "explain") return; // the page asks for it, whichever tab there is
    const depends = changed.includes("tab") || changed.includes("text") || (v.call && changed.includes("call")) || (v.name === "diff" && changed.includes("other"));
    if (!depends) return;
    const panel = this.panels.get(v.name);
    panel.setAttribute("aria-busy", "true");
    const engine = v.slow ? this.page.slow : this.page.checks;
    try {
      const got = await engine.ask(v.slow ? "view" : `view ${v.name}`, this.page.question(v.job));
      if (got && this.view === v) this.answered(v.name, got.answer);
      if (got) panel.removeAttribute("aria-busy");
    } catch (err) {
      panel.removeAttribute("aria-busy");
      this.page.failed(err);
    }
  }

  // answered shows an answer in the panel of its view.
  answered(name, answer) {
    const v = this.views.find((v) => v.name === name);
    v.show(this.panels.get(name), answer, this.page);
  }
}
