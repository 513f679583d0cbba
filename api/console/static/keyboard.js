// Whether single keys act: only where the reader wants them, and never while somebody types.

const on = () => localStorage.getItem("keys") !== "off";
const isPlain = (event) => !(event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing);

export const acts = (event) => on() && isPlain(event);
export const isTyping = (event) => Boolean(event.target.closest?.("input, textarea, select, [contenteditable], dialog"));

export function listenToChoice() {
  const choice = document.getElementById("keys-on");
  choice.checked = on();
  choice.addEventListener("change", () => localStorage.setItem("keys", choice.checked ? "on" : "off"));
}
