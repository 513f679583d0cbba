// The disambiguation queue: choosing, claiming, deciding, undoing; nothing moves under the reader's hands.

import { isSeveral, leaveSeveral, pickOneOfSeveral, takeSeveral, tellAgain } from "./several.js";
import { say } from "./words.js";

const DWELL_MS = 1000;
const TOAST_MS = 12000;
const MOST_REMEMBERED = 50;
const byId = (id) => document.getElementById(id);
const rows = (list) => [...byId(list)?.querySelectorAll("li[data-row]:not(.gone)") ?? []];
const allRows = () => [...rows("rows-waiting"), ...rows("rows-lapsed")];
const shownId = () => byId("review").querySelector("[data-review]")?.dataset.review ?? "";
export const place = (id, step = "") => `/console/reviews/${encodeURIComponent(id)}${step}`;

export const chosen = () => byId("selected").value;
export const isStepping = () => underWay > 0;

let busy = false;
let latest = 0;
let underWay = 0;
let keeping = false;
let dwelling = null;
let fading = null;
let given = JSON.parse(sessionStorage.getItem("verdicts") ?? "[]");

export function listenToQueue() {
  document.addEventListener("click", clicked);
  document.addEventListener("submit", submitted);
  document.addEventListener("htmx:before:swap", (event) => {
    if (event.target.id === "queue-list") event.detail.tasks.forEach((task) => keepInPlace(task.fragment));
  });
  for (const failure of ["htmx:error", "htmx:response:error"]) {
    document.addEventListener(failure, (event) => event.target.id === "review" && tellFailure(event.detail.ctx?.response));
  }
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target.id === "queue-list") listChanged();
    if (event.target.id === "review") tellAgain();
  });
}

function clicked(event) {
  const open = event.target.closest("[data-open]");
  if (open) return choose(open.dataset.open, true);
  const undone = event.target.closest("[data-undo]");
  if (undone) return undo(undone.dataset.undo);
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act === "claim") claim();
  if (act === "skip") skip();
  if (act === "several-done") decideSeveral();
  if (act === "whole") send("GET", place(chosen(), "?whole=1"));
}

function submitted(event) {
  if (!event.target.matches(".verdict")) return;
  event.preventDefault();
  if (event.submitter) decideBy(event.submitter.value, nameOf(event.submitter));
}

const nameOf = (button) => button.querySelector(".candidate-name")?.firstChild.textContent.trim() ?? "";

// Moving through the queue shows a message at once, and claims it when the reader stays.
export function move(step) {
  const shown = allRows();
  const at = shown.findIndex((row) => row.dataset.row === chosen());
  const to = at < 0 ? (step > 0 ? 0 : shown.length - 1) : at + step;
  if (shown[to]) choose(shown[to].dataset.row, false);
}

function choose(id, claiming) {
  if (busy) return;
  clearTimeout(dwelling);
  select(id);
  const held = allRows().some((row) => row.dataset.row === id && row.hasAttribute("data-held"));
  const atOnce = claiming && !held;
  send(atOnce ? "POST" : "GET", place(id, atOnce ? "/claim" : ""));
  if (!claiming && !held) dwelling = setTimeout(() => chosen() === id && claim(), DWELL_MS);
}

export function claim() {
  if (chosen() && !busy) send("POST", place(chosen(), "/claim"));
}

export function skip() {
  if (chosen()) act(place(chosen(), "/skip"), { next: byId("next").value });
}

// The key presses the button that shows it: what the reader sees is what is decided.
export function decide(key) {
  byId("review").querySelector(`[data-key="${key}"]:enabled`)?.click();
}

export function decideBy(issueType, name) {
  if (isSeveral()) return pickOneOfSeveral(issueType, name);
  if (chosen() && chosen() === shownId()) {
    act(place(chosen(), "/verdict"), { issue_type: issueType, next: byId("next").value });
  }
}

export function decideSeveral() {
  const needs = takeSeveral();
  if (!needs || chosen() !== shownId()) return;
  leaveSeveral();
  act(place(chosen(), "/verdict"), { ...needs, next: byId("next").value });
}

// What was decided at once is taken back at once.
export function undo(id = given.at(-1)) {
  if (!id || busy) return;
  given = given.filter((each) => each !== id);
  remember();
  byId("toast").replaceChildren();
  if (id.includes(",")) act("/console/bulk/undo", { items: id });
  else act(place(id, "/undo"));
}

// One step at a time: the second press of a nervous finger must not decide the message that comes next.
export async function act(path, values) {
  if (busy) return;
  busy = true;
  clearTimeout(dwelling);
  try {
    await send("POST", path, values);
  } finally {
    busy = false;
  }
}

async function send(verb, path, values = {}) {
  const before = shownId();
  const turn = ++latest;
  underWay += 1;
  try {
    await htmx.ajax(verb, path, { source: "#review", target: "#review", swap: "innerMorph", values });
  } finally {
    underWay -= 1;
  }
  if (turn !== latest) return;
  const after = shownId();
  noteVerdict();
  if (after !== chosen()) select(after);
  if (after !== before) greet();
  refreshQueue();
}

export function refreshQueue() {
  htmx.trigger("#queue-list", "refresh");
}

// A refresh takes the place of what the panel still asks for: never of a step, which would be lost.
export function refreshReview() {
  const id = chosen();
  if (!id || isStepping() || isSeveral() || shownId() !== id || byId("review").querySelector(".notice")) return;
  const whole = byId(`text-${id}`)?.hasAttribute("data-whole") ? "?whole=1" : "";
  htmx.ajax("GET", place(id, whole), { source: "#review", target: "#review", swap: "innerMorph" });
}

function select(id) {
  byId("selected").value = id;
  if (isSeveral()) leaveSeveral();
  keeping = false;
  for (const row of byId("queue-list").querySelectorAll("li[data-row]")) {
    const button = row.querySelector("button");
    if (row.dataset.row === id) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    if (row.dataset.row === id) row.scrollIntoView({ block: "nearest" });
  }
  setNext();
}

// Who comes after a verdict: the next one down that nobody holds and the reader has not skipped, else the oldest such.
function setNext() {
  const free = (row) => !row.hasAttribute("data-held") && !row.hasAttribute("data-skipped") && row.dataset.row !== chosen();
  const mine = ["rows-waiting", "rows-lapsed"].map(rows).find((each) => each.some((row) => row.dataset.row === chosen())) ?? [];
  const at = mine.findIndex((row) => row.dataset.row === chosen());
  const next = mine.slice(at + 1).find(free) ?? rows("rows-waiting").find(free);
  byId("next").value = next?.dataset.row ?? "";
}

// Rows that end while the reader works below them stay as shadows until the reader moves on.
function keepInPlace(fragment) {
  const fresh = fragment.querySelector("#rows-waiting");
  const old = [...byId("rows-waiting").querySelectorAll("li[data-row]")];
  const at = old.findIndex((row) => row.dataset.row === chosen());
  if (!keeping || !fresh || at < 0) return;
  const find = (row) => fresh.querySelector(`li[data-row="${CSS.escape(row.dataset.row)}"]`);
  let below = old.slice(at + 1).map(find).find(Boolean) ?? null;
  for (const row of old.slice(0, at + 1).reverse()) {
    below = find(row) ?? fresh.insertBefore(shadow(row), below);
  }
}

function shadow(row) {
  const copy = row.cloneNode(true);
  copy.removeAttribute("id");
  copy.classList.add("gone");
  const when = copy.querySelector(".when");
  when.replaceWith(Object.assign(document.createElement("span"), { className: "when", textContent: say("gone") }));
  return copy;
}

function listChanged() {
  keeping = true;
  setNext();
  byId("tab-count").textContent = byId("queue-count").querySelector("strong").textContent;
}

function greet() {
  byId("review").scrollTop = 0;
  if (document.querySelector("dialog[open]")) return;
  byId("review").querySelector(".review-title")?.focus({ preventScroll: window.innerWidth > 760 });
}

function tellFailure(response) {
  const line = document.createElement("p");
  line.textContent = response
    ? say("Not done: the service answered {status}.", { status: response.status })
    : say("Not done: the service does not answer.");
  byId("toast").replaceChildren(line);
}

function noteVerdict() {
  const undoable = byId("toast").querySelector("[data-undo]")?.dataset.undo;
  if (undoable && !given.includes(undoable)) {
    given = [...given, undoable].slice(-MOST_REMEMBERED);
    remember();
  }
  clearTimeout(fading);
  fading = setTimeout(() => byId("toast").matches(":hover, :focus-within") || byId("toast").replaceChildren(), TOAST_MS);
}

function remember() {
  sessionStorage.setItem("verdicts", JSON.stringify(given));
}
