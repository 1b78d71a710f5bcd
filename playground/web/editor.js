// The editor of the profile, which is CodeMirror's.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { columnOf, spanAt } from "./places.js";

const style = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--key)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--number)" },
  { tag: [tags.comment, tags.meta], color: "var(--muted)" },
]);

const language = new Compartment();
const darkness = new Compartment(); // of panels and tooltips; style.css has the rest
const dark = matchMedia("(prefers-color-scheme: dark)");

// highlightedMost is how many characters a text may have to be highlighted: parsing longer
// ones delays typing.
const highlightedMost = 1 << 19;

// markedMost is how many places the editor marks.
const markedMost = 1000;

export class Editor {
  #yaml = null; // of the language, null for none

  // changed is called after each edit of the user.
  constructor(parent, changed) {
    this.extensions = [
      lineNumbers(), lintGutter(), history(), drawSelection(), bracketMatching(), indentOnInput(),
      highlightActiveLine(), highlightSpecialChars(), highlightSelectionMatches(), search({ top: true }),
      keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...lintKeymap]),
      language.of([]), darkness.of([]), syntaxHighlighting(style), EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": "Profile, in JSON or YAML", tabindex: "0", spellcheck: "false", autocapitalize: "off", autocorrect: "off" }),
      EditorView.updateListener.of((u) => u.docChanged && changed()),
    ];
    this.view = new EditorView({ parent, state: this.#stateOf("") });
    this.#darken();
    dark.addEventListener("change", () => this.#darken());
  }

  #darken() {
    this.view.dispatch({ effects: darkness.reconfigure(EditorView.darkTheme.of(dark.matches)) });
  }

  #stateOf(text) {
    return EditorState.create({ doc: text, extensions: this.extensions });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  // A text that is set cannot be undone.
  set text(text) {
    this.#yaml = null;
    this.view.setState(this.#stateOf(text));
    this.#darken();
  }

  // replace replaces the text as an edit.
  replace(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text }, selection: { anchor: 0 }, scrollIntoView: true });
  }

  // mark shows faults and notes, and the language of the text.
  mark(marks, isYAML) {
    const { doc } = this.view.state;
    const diagnostics = marks.slice(0, markedMost).map((m) => {
      const [from, to] = this.#span(m.line, m.units);
      return { from, to, severity: m.harmless ? "hint" : m.severity, source: m.code, message: messageOf(m) };
    });
    diagnostics.sort((a, b) => a.from - b.from);
    const want = doc.length > highlightedMost ? null : isYAML;
    if (want !== this.#yaml) {
      this.#yaml = want;
      this.view.dispatch({ effects: language.reconfigure(want === null ? [] : want ? yaml() : json()) });
    }
    this.view.dispatch(setDiagnostics(this.view.state, diagnostics));
  }

  #span(line, column) {
    const { doc } = this.view.state;
    const l = doc.line(Math.max(1, Math.min(line, doc.lines)));
    const [from, to] = spanAt(l.text, column);
    return [l.from + from, l.from + to];
  }

  // go selects what is at a place, with its column in units of UTF-16, and moves the focus there.
  go(line, column) {
    const [from, to] = this.#span(line, column);
    this.view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    this.view.focus();
  }

  // goBytes is go for a column in bytes.
  goBytes(line, bytes) {
    const { doc } = this.view.state;
    const { text } = doc.line(Math.max(1, Math.min(line, doc.lines)));
    const mark = line === 1 && text.startsWith("\ufeff") ? 1 : 0; // which is before column 1
    this.go(line, columnOf(text.slice(mark), bytes) + mark);
  }
}

// messageMost is how many characters of a message are shown: it can quote a word of megabytes,
// whose layout would take minutes.
const messageMost = 2000;

// messageOf is what is shown of a fault, a note or a finding.
export function messageOf(m) {
  const effect = m.effect && m.effect !== "same" ? ` (${m.effect})` : "";
  const text = m.text.length > messageMost ? `${m.text.slice(0, messageMost)} …` : m.text;
  return text + (m.fix ? `: ${m.fix}` : "") + effect;
}
