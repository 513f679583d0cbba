// The heartbeat: the service's clock, the countdowns, and a refresh of what is on view when something happened.

import { amount, say } from "./words.js";

const QUIET_MS = 3500;
const LONGEST_STALE_MS = 4000;
const BETWEEN_MS = 1000;
const RETRY_MS = 2000;

const byId = (id) => document.getElementById(id);

let page = null;
let source = null;
let seenSeq = null;
let refreshedAt = -BETWEEN_MS;
let waiting = null;
let settling = false;
let heardAt = 0;
let triedAt = 0;
let serviceTime = null;

// page.path: the stream; page.refresh(news): show the newest; page.knock(): ask for a part, which leads to the sign-in.
export function followPulse(asked) {
  page = asked;
  const clock = byId("clock");
  if (clock?.dateTime) tell(new Date(clock.dateTime));
  connect();
  setInterval(watch, 1000);
  // A page in the background gives its connection back: a browser has few of them for one address.
  document.addEventListener("visibilitychange", () => (document.hidden ? source.close() : connect()));
}

function connect() {
  source?.close();
  triedAt = performance.now();
  source = new EventSource(page.path);
  source.addEventListener("pulse", (event) => beat(JSON.parse(event.data)));
  source.addEventListener("error", lost);
}

// An EventSource retries a broken connection by itself, yet gives up for good on an error status; this never gives up.
function watch() {
  if (document.hidden || performance.now() - heardAt < QUIET_MS) return;
  if (heardAt) lost();
  if (source.readyState !== EventSource.CLOSED || performance.now() - triedAt < RETRY_MS) return;
  connect();
  // When the stream was refused because nobody is signed in any more, this leads to the sign-in.
  page.knock();
}

function lost() {
  show("lost", say("Connection lost, retrying"));
  const stale = byId("stale");
  if (!stale || !heardAt) return;
  const seconds = Math.round((performance.now() - heardAt) / 1000);
  stale.hidden = seconds < 4;
  const age = seconds < 120 ? amount(seconds, "second") : amount(Math.floor(seconds / 60), "minute");
  stale.textContent = say("What you see is {age} old.", { age });
}

function beat({ now: at, seq }) {
  heardAt = performance.now();
  show("live", say("Live"));
  if (byId("stale")) byId("stale").hidden = true;
  tell(new Date(at));
  if (document.hidden) return;
  if (seq !== seenSeq) soon();
  // Once more when it is calm again: a large floor is not read anew for every event.
  else if (!waiting && (settling || heardAt - refreshedAt >= LONGEST_STALE_MS)) refresh(false);
  seenSeq = seq;
}

// At once after a calm second; while much happens, once a second.
function soon() {
  if (waiting) return;
  const rest = refreshedAt + BETWEEN_MS - performance.now();
  if (rest <= 0) refresh(true);
  else waiting = setTimeout(() => refresh(true), rest);
}

function refresh(news) {
  clearTimeout(waiting);
  waiting = null;
  settling = news;
  refreshedAt = performance.now();
  page.refresh(news);
}

function show(state, text) {
  const live = byId("live");
  if (live.dataset.state === state) return;
  live.dataset.state = state;
  byId("live-text").textContent = text;
}

function tell(at) {
  serviceTime = at;
  const clock = byId("clock");
  clock.dateTime = at.toISOString();
  clock.textContent = at.toISOString().slice(11, 19);
  retell();
}

// What was just put on the page gets its times at once.
export function retell() {
  if (!serviceTime) return;
  for (const each of document.querySelectorAll("[data-deadline]")) count(each, (new Date(each.dataset.deadline) - serviceTime) / 1000, true);
  for (const each of document.querySelectorAll("[data-since]")) count(each, (serviceTime - new Date(each.dataset.since)) / 1000, false);
}

export function spelt(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function count(element, seconds, towards) {
  const text = spelt(seconds);
  if (element.textContent !== text) element.textContent = text;
  if (towards) element.toggleAttribute("data-urgent", seconds < 15);
}
