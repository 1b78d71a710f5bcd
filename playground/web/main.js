// The page: it asks the engines after each change, and shows what they answer.

import { byID, make, say } from "./dom.js";
import { Editor } from "./editor.js";
import { Engine, Failure } from "./engine.js";
import { decode, encode, fields } from "./state.js";
import { Tabs } from "./tabs.js";
import { markList } from "./marks.js";
import { views } from "./views.js";
import { showVerdict } from "./verdict.js";

// The deadlines of answers, in milliseconds: typing waits for checks, nothing for the rest.
const checkDeadline = 5000;
const slowDeadline = 20000;

// lateAfter is after how many milliseconds the page says that it waits for a check.
const lateAfter = 400;

const inputs = ["arch", "kernel", "caps", "compat", "call"];

class Page {
  checked = null; // the last check
  state = {}; // by the names of fields

  constructor() {
    const source = byID("worker-source").textContent;
    const wasm = byID("wasm").textContent;
    this.checks = new Engine(source, wasm, checkDeadline);
    this.slow = new Engine(source, wasm, slowDeadline);
    this.checks.start();
    this.editor = new Editor(byID("editor"), () => this.change({ text: this.editor.text }));
    this.tabs = new Tabs(views, byID("tabs"), byID("panels"), this);
  }

  async start() {
    byID("notice").textContent = byID("notice-text").textContent;
    for (const id of ["target", "ask"]) byID(id).addEventListener("submit", (e) => e.preventDefault());
    const facts = (await this.checks.ask("facts", this.question({ job: "facts" }))).answer.value;
    byID("arch").append(...facts.abis.map((a) => make("option", {}, a)));
    byID("calls").append(...facts.calls.map((c) => make("option", { value: c })));
    this.defaults = { text: facts.default, arch: "x86_64", kernel: facts.kernel, caps: "docker", compat: "kernel", call: "socket(AF_VSOCK, SOCK_STREAM)", tab: "explain", other: "" };
    this.version = facts.version;
    await this.load();
    document.querySelector("main").inert = false; // what was typed before would be lost
    for (const id of inputs) byID(id).addEventListener("input", () => this.change({ [id]: byID(id).value }));
    byID("default").addEventListener("click", () => this.editor.replace(facts.default));
    byID("open").addEventListener("click", () => byID("file").click());
    byID("file").addEventListener("change", async () => {
      const [file] = byID("file").files;
      if (file) await this.#open(file);
      byID("file").value = "";
    });
    byID("share").addEventListener("click", () => this.share());
    addEventListener("beforeunload", (e) => this.tooLong && e.preventDefault());
    addEventListener("hashchange", () => location.hash !== this.fragment && this.load());
  }

  // #open takes a file's text as the command reads it: a byte order mark stays in it, and
  // what is not UTF-8 is refused.
  async #open(file) {
    try {
      this.editor.replace(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer()));
    } catch (err) {
      this.alert(err instanceof TypeError ? `${file.name} is not UTF-8 text (save it as UTF-8).` : `${file.name} cannot be read: ${err.message}.`);
    }
  }

  // load takes the state of the fragment. One that cannot be read stays there until something
  // else than the tab is changed.
  async load() {
    clearTimeout(this.saving);
    this.saving = 0;
    const { hash } = location;
    let changed = {};
    let unread = "";
    try {
      changed = await decode(hash);
      for (const id of ["arch", "compat"]) this.#offered(id, changed[id]);
    } catch (err) {
      changed = {};
      unread = `This is the default state: ${err.message}.`;
    }
    if (location.hash !== hash) return; // that one is being loaded
    this.fragment = hash;
    this.unread = unread !== "";
    this.alert(unread);
    this.state = { ...this.defaults, ...changed };
    for (const id of inputs) byID(id).value = this.state[id];
    this.editor.text = this.state.text;
    this.state.text = this.editor.text; // with the ends of lines that an editor has
    this.tabs.load(this.state);
    this.refresh();
  }

  // #offered throws an error if a list does not have a value.
  #offered(id, value) {
    if (value === undefined || [...byID(id).options].some((o) => o.value === value)) return;
    throw new Error(`the link names ${JSON.stringify(value)}, which this page does not know (open it with a newer page)`);
  }

  // change changes the state, and asks for what depends on it.
  change(changed) {
    Object.assign(this.state, changed);
    if (Object.keys(changed).some((f) => f !== "tab")) {
      this.unread = false;
      this.alert("");
    }
    if (!this.unread) this.save();
    this.refresh(Object.keys(changed));
  }

  save() {
    clearTimeout(this.saving);
    const id = (this.saving = setTimeout(async () => {
      const fragment = await encode(this.state, this.defaults);
      if (this.saving !== id) return;
      this.tooLong = fragment === null; // and lost if the page is left
      this.fragment = fragment ?? "";
      history.replaceState(null, "", this.fragment || location.pathname + location.search);
    }, 300));
  }

  async share() {
    const fragment = await encode(this.state, this.defaults);
    if (fragment === null) {
      this.alert("The text is too long for a link: share it as a file.");
      return;
    }
    this.fragment = fragment;
    history.replaceState(null, "", fragment || location.pathname + location.search);
    try {
      await navigator.clipboard.writeText(location.href);
      byID("share").textContent = "Copied";
    } catch {
      this.alert("The browser does not let this page copy: the link is in the address bar.");
    }
    setTimeout(() => (byID("share").textContent = "Copy link"), 2000);
  }

  // question is what a job is asked about: call and other are "" unless it depends on them.
  question({ job, call, other }) {
    const s = this.state;
    return { job, text: s.text, other: other ? s.other : "", call: call ? s.call : "", arch: s.arch, kernel: s.kernel, caps: s.caps, compat: s.compat };
  }

  // refresh asks for what depends on the changed fields, or on all.
  refresh(changed = fields) {
    const from = performance.now();
    const target = changed.some((f) => !["call", "tab", "other"].includes(f));
    if (target) this.#check(from);
    if (target || changed.includes("call")) this.#explain();
    this.tabs.refresh();
  }

  async #check(from) {
    clearTimeout(this.late);
    this.late = setTimeout(() => {
      byID("status").textContent = "Checking …";
      byID("verdict").textContent = ""; // it was for another text
    }, lateAfter);
    try {
      const got = await this.checks.ask("check", this.question({ job: "check" }));
      if (!got) return; // the newer one is late, or not
      clearTimeout(this.late);
      this.#show(got, from);
    } catch (err) {
      clearTimeout(this.late);
      this.#clear();
      this.failed(err);
    }
  }

  // #clear removes what was said of another text.
  #clear() {
    this.checked = null;
    this.editor.mark([], false);
    byID("marks").replaceChildren();
    byID("status").textContent = "No answer to this text";
    byID("status").className = "error";
    this.#warn(0);
  }

  #show({ answer, ms }, from) {
    const value = answer.value ?? { yaml: this.checked?.yaml ?? false, marks: [{ severity: "error", line: 0, units: 0, text: answer.err.trim() }] };
    this.checked = value;
    this.editor.mark(value.marks, value.yaml);
    byID("marks").replaceChildren(...markList(value.marks, this));
    const faults = value.marks.filter((m) => m.severity === "error").length;
    const parts = [value.dialect ? `${value.dialect}, ${value.yaml ? "YAML" : "JSON"}` : value.yaml ? "YAML" : "JSON"];
    if (faults) parts.push(`${faults} ${faults === 1 ? "fault" : "faults"}: not compiled`);
    const weaker = value.filter ? value.marks.filter((m) => m.effect === "weaker").length : 0;
    if (value.filter) {
      const { filters, instructions, bytes } = value.filter;
      parts.push(`${instructions} instructions${filters > 1 ? ` in ${filters} filters` : ""}, ${bytes} bytes, ${weaker ? "weaker than the text" : "proved"}`);
    }
    const notes = value.marks.length - faults;
    if (notes) parts.push(`${notes} ${notes === 1 ? "note" : "notes"}`);
    byID("status").className = faults || weaker ? "error" : "";
    say("status", parts.join(" · "));
    this.#warn(weaker);
    this.#measure(ms, performance.now() - from);
  }

  // #warn says above all views that the policy is weaker than the text, by so many notes.
  #warn(weaker) {
    const by = weaker === 1 ? "1 note" : `${weaker} notes`;
    say("weaker", weaker ? `The policy is weaker than the text, by ${by}: the command refuses it without --accept-weaker.` : "");
    document.querySelector("main").classList.toggle("weaker", weaker > 0);
  }

  // #measure says how long the answer took: of the compiler, and until it was shown.
  #measure(ms, shown) {
    this.first ??= performance.now();
    document.body.dataset.first = this.first.toFixed(1);
    document.body.dataset.edit = shown.toFixed(1);
    document.body.dataset.answers = Number(document.body.dataset.answers ?? 0) + 1;
    byID("measured").textContent = `${this.version} · first answer ${Math.round(this.first)} ms after the page was opened · this one ${Math.round(shown)} ms, of which the compiler took ${Math.round(ms)}`;
  }

  async #explain() {
    try {
      const got = await this.checks.ask("explain", this.question({ job: "explain", call: true }));
      if (!got) return;
      showVerdict("verdict", got.answer);
      this.tabs.explained(got.answer);
    } catch (err) {
      const answer = { out: "", err: this.failed(err) };
      showVerdict("verdict", answer);
      this.tabs.explained(answer);
    }
  }

  // explain shows the explanation of a call.
  explain(call, abi) {
    const text = abi && abi !== this.state.arch ? `${abi} ${call}` : call;
    byID("call").value = text;
    this.tabs.select("explain");
    this.change({ call: text, tab: "explain" });
    byID("call").focus();
  }

  // failed says that there is no answer, and returns what it says.
  failed(err) {
    if (!(err instanceof Failure)) throw err;
    const text = `No answer: ${err.message}. It is started again with the next change.`;
    this.alert(text);
    return text;
  }

  alert(text) {
    byID("alert").textContent = text;
    byID("alert").hidden = text === "";
  }
}

const page = new Page();
page.start().catch((err) => page.alert(`The page cannot work here: ${err.message}`));
