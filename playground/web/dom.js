// Elements of the page. All text gets there as text: none of it is ever read as HTML.

// byID returns the element of an id.
export function byID(id) {
  return document.getElementById(id);
}

// say changes the text of an element, which screen readers then read: they are silent if it
// stays the same.
export function say(id, text) {
  const element = byID(id);
  if (element.textContent !== text) element.textContent = text;
}

// make returns a new element with attributes, those of event handlers by function, and
// children: elements, or strings, which become text.
export function make(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") e.addEventListener(name, value);
    else if (value !== undefined && value !== false) e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children);
  return e;
}

// answerClass is the class of elements that show an action.
export function answerClass(action) {
  const word = /^[A-Z_]+/.exec(action)?.[0] ?? "";
  if (word === "ALLOW" || word === "LOG") return "passes";
  if (word === "ERRNO") return "refused";
  if (word === "NOTIFY" || word === "TRACE" || word === "USER_NOTIF") return "asks";
  return word ? "kills" : "";
}
