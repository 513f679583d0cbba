// A COp's desk: it follows the service, counts the time worked, tells of offers, and lets keys press the buttons.

import { acts, isTyping, listenToChoice } from "./keyboard.js";
import { followPulse, retell, spelt } from "./live.js";
import { say } from "./words.js";

const TOAST_MS = 8000;
const WORKED = "worked";
const byId = (id) => document.getElementById(id);
const board = byId("desk-board");
const plainTitle = document.title;
const strip = byId("offer-strip");
const inSight = new IntersectionObserver((seen) => (strip.hidden = seen.at(-1).isIntersecting));

let told = new Set();
let corrected = new Set();
let fading = null;

followPulse({
  path: `/console/desk/stream?cop_id=${encodeURIComponent(board.dataset.cop)}`,
  refresh,
  knock: refresh,
});
document.addEventListener("click", clicked);
document.addEventListener("input", typed);
document.addEventListener("keydown", pressed);
document.addEventListener("htmx:after:swap", shown);
byId("help-button").addEventListener("click", () => byId("help").showModal());
listenToChoice();
setInterval(work, 1000);
window.visualViewport?.addEventListener("resize", keepInSight);
shown();

function refresh() {
  htmx.trigger("#desk-board", "refresh");
}

function shown() {
  follow();
  retell();
  announce();
  showWorked();
  const toast = byId("toast");
  if (!toast.firstElementChild) return;
  clearTimeout(fading);
  fading = setTimeout(() => toast.replaceChildren(), TOAST_MS);
}

// While its countdown is scrolled out of sight, the oldest offer is told on a strip that stays.
function follow() {
  const first = board.querySelector("[data-offer] [data-deadline]");
  inSight.disconnect();
  if (!first) return (strip.hidden = true);
  strip.querySelector(".countdown").dataset.deadline = first.dataset.deadline;
  inSight.observe(first);
}

// An offer is told once, in words for those who listen, and in the title for those who look elsewhere.
function announce() {
  const offers = [...board.querySelectorAll("[data-offer]")];
  const fresh = offers.filter((offer) => !told.has(offer.dataset.offer));
  told = new Set(offers.map((offer) => offer.dataset.offer));
  document.title = offers.length ? `(${offers.length}) ${plainTitle}` : plainTitle;
  if (fresh.length) {
    const first = fresh[0];
    const places = { issue: first.querySelector(".matter-title").textContent, left: first.querySelector(".countdown").textContent };
    byId("news").textContent = say("New offer: {issue}, {left} to answer.", places);
  }
}

// Choosing another conversation asks for the board with that one open; without scripts the link does the same.
function clicked(event) {
  const other = event.target.closest("[data-work]");
  if (!other || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(other.dataset.work);
}

function open(id) {
  byId("work").value = id;
  refresh();
}

// Time worked: only what is open in front of somebody counts, and only while this page is.
function work() {
  const id = board.querySelector("[data-current]")?.dataset.current;
  if (!id || document.hidden) return;
  const times = worked();
  const kept = new Set([...board.querySelectorAll("[data-work]")].map((row) => row.dataset.work)).add(id);
  for (const each of Object.keys(times)) if (!kept.has(each)) delete times[each];
  times[id] = (times[id] ?? 0) + 1;
  localStorage.setItem(WORKED, JSON.stringify(times));
  showWorked();
}

function worked() {
  try {
    return JSON.parse(localStorage.getItem(WORKED)) ?? {};
  } catch {
    return {};
  }
}

// A keyboard that comes up over the page must not hide what is typed.
function keepInSight() {
  const field = document.activeElement;
  if (board.contains(field) && field.matches("input, select")) field.scrollIntoView({ block: "center" });
}

function showWorked() {
  for (const field of board.querySelectorAll("[data-worked]")) {
    if (!corrected.has(field.dataset.worked)) field.value = spelt(worked()[field.dataset.worked] ?? 0);
  }
}

function typed(event) {
  if (event.target.dataset?.worked) corrected.add(event.target.dataset.worked);
}

const KEYS = {
  a: () => board.querySelector("[data-accept]")?.click(),
  d: () => toggle(board.querySelector("[data-decline]")),
  w: () => toggle(board.querySelector("[data-ending='wrap-up'] summary")),
  t: () => toggle(board.querySelector("[data-ending='transfer'] summary")),
  j: () => move(1),
  k: () => move(-1),
  "?": () => byId("help").showModal(),
};

function pressed(event) {
  if (event.key === "Escape") return closeAround(event.target);
  if (!acts(event) || isTyping(event)) return;
  const step = /^[1-4]$/.test(event.key) ? () => board.querySelector(`[data-presence="${event.key}"]`)?.click() : KEYS[event.key];
  if (!step) return;
  event.preventDefault();
  step();
}

function toggle(summary) {
  if (!summary) return;
  summary.click();
  if (summary.parentElement.open) summary.parentElement.querySelector("select, button, input:not([type=hidden])")?.focus();
}

function closeAround(element) {
  const details = element.closest?.("details[open]");
  if (!details) return;
  details.open = false;
  details.querySelector("summary").focus();
}

function move(step) {
  const rows = [...board.querySelectorAll("[data-work]")];
  const at = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const next = rows[at + step];
  if (next) open(next.dataset.work);
}
