// The verdict is the answer to the call, in a word beside it.

import { answerClass, byID, say } from "./dom.js";

// showVerdict shows the answer of an explanation, whose first line has it.
export function showVerdict(id, answer) {
  const first = answer.out.split("\n", 1)[0];
  const text = first.includes(" = ") ? first.slice(first.lastIndexOf(" = ") + 3) : first.endsWith(":") ? "by arguments" : "";
  say(id, text);
  byID(id).className = answerClass(text);
}
