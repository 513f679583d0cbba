// Single keys, for those who want them: what they do is what the buttons do.

import { acts, isTyping, listenToChoice } from "./keyboard.js";
import { claim, decide, decideSeveral, move, skip, undo } from "./queue.js";
import { showHelp, showSearch } from "./panels.js";
import { isSeveral, toggleSeveral } from "./several.js";
import { showAlike, showEscalate, showPropose } from "./steps.js";

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  c: claim,
  s: skip,
  m: toggleSeveral,
  b: showAlike,
  n: showPropose,
  e: showEscalate,
  u: () => undo(),
  o: () => decide("0"),
  "/": showSearch,
  "?": showHelp,
};

export function listenToKeys() {
  listenToChoice();
  document.addEventListener("keydown", pressed);
}

function pressed(event) {
  if (!acts(event) || isTyping(event)) return;
  if (event.key === "Enter" && isSeveral()) return decideSeveral(event.preventDefault());
  const step = /^[0-9]$/.test(event.key) ? () => decide(event.key) : KEYS[event.key];
  if (!step) return;
  event.preventDefault();
  step();
}
