// Steps that ask for something first: escalating, proposing a new type, one verdict for near-duplicates.

import { acts } from "./keyboard.js";
import { act, chosen, place, refreshReview } from "./queue.js";
import { toggleSeveral } from "./several.js";

const byId = (id) => document.getElementById(id);
const open = () => Boolean(chosen()) && Boolean(byId("review").querySelector("[data-review]:not([data-closed])"));

export function listenToSteps() {
  document.addEventListener("click", (event) => {
    const step = STEPS[event.target.closest("[data-act]")?.dataset.act];
    if (step) step();
  });
  document.addEventListener("submit", submitted);
  // What tells is marked in the message itself as soon as it is known.
  document.addEventListener("htmx:after:swap", (event) => event.target.id?.startsWith("words-") && refreshReview());
  byId("alike").addEventListener("keydown", pressedAmongAlike);
  byId("alike").addEventListener("change", countAlike);
}

export function showEscalate() {
  ask("escalate", "textarea");
}

export function showPropose() {
  ask("propose", "input");
}

export async function showAlike() {
  if (!open()) return;
  byId("alike-body").replaceChildren();
  byId("alike").showModal();
  await htmx.ajax("GET", place(chosen(), "/alike"), { source: "#alike-body", target: "#alike-body", swap: "innerHTML" });
}

const STEPS = { several: toggleSeveral, escalate: showEscalate, propose: showPropose, alike: showAlike };

function ask(name, first) {
  if (!open()) return;
  const dialog = byId(name);
  dialog.querySelector(".asking").reset();
  dialog.showModal();
  dialog.querySelector(`.asking ${first}`).focus();
}

function submitted(event) {
  const step = event.target.dataset.step;
  const forAll = event.target.matches(".verdict-for-all");
  if (!step && !forAll) return;
  event.preventDefault();
  event.target.closest("dialog").close();
  if (step) act(place(chosen(), `/${step}`), { ...Object.fromEntries(new FormData(event.target)), next: next() });
  else if (event.submitter) decideAll(event.target, event.submitter.value);
}

function decideAll(form, issueType) {
  const others = [...form.querySelectorAll("[name='item']:checked")].map((each) => each.value);
  const items = [form.dataset.review, ...others];
  const following = items.includes(next()) ? "" : next();
  act("/console/bulk", { issue_type: issueType, items: items.join(","), next: following });
}

const next = () => byId("next").value;

// In the preview too a digit decides: by then every message is in sight.
function pressedAmongAlike(event) {
  if (!/^[0-9]$/.test(event.key) || !acts(event)) return;
  const button = byId("alike").querySelector(`[data-for-all="${event.key}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
}

function countAlike() {
  const count = byId("alike-count");
  if (count) count.textContent = String(1 + byId("alike").querySelectorAll("[name='item']:checked").length);
}
