// Single keys, for those who want them: what they do is what the buttons do.

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
  const on = document.getElementById("keys-on");
  on.checked = localStorage.getItem("keys") !== "off";
  on.addEventListener("change", () => localStorage.setItem("keys", on.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => pressed(event, on.checked));
}

function pressed(event, on) {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
  if (!on || typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Enter" && isSeveral()) return decideSeveral(event.preventDefault());
  const step = /^[0-9]$/.test(event.key) ? () => decide(event.key) : KEYS[event.key];
  if (!step) return;
  event.preventDefault();
  step();
}
