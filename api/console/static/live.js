// The heartbeat: the service's clock, the countdowns, and a refresh of what is on view when something happened.

import { refreshQueue, refreshReview } from "./queue.js";

const QUIET_MS = 3500;
const LONGEST_STALE_MS = 4000;
const RETRY_MS = 2000;

let source = null;
let seenSeq = null;
let refreshedAt = 0;
let heardAt = 0;
let triedAt = 0;

const byId = (id) => document.getElementById(id);

export function followPulse() {
  connect();
  setInterval(watch, 1000);
  // A page in the background gives its connection back: a browser has few of them for one address.
  document.addEventListener("visibilitychange", () => (document.hidden ? source.close() : connect()));
}

function connect() {
  source?.close();
  triedAt = performance.now();
  source = new EventSource("/console/stream");
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
  htmx.trigger("#floor-body", "refresh");
}

function lost() {
  show("lost", "Connection lost, retrying");
}

function beat({ now, seq }) {
  heardAt = performance.now();
  show("live", "Live");
  tell(new Date(now));
  if (document.hidden) return;
  const news = seq !== seenSeq;
  if (!news && heardAt - refreshedAt < LONGEST_STALE_MS) return;
  seenSeq = seq;
  refreshedAt = heardAt;
  refreshQueue();
  refreshReview();
  htmx.trigger("#floor-body", "refresh");
  // The newest come in at the top: not while somebody reaches for a row.
  if (!byId("conversation-list").matches(":hover, :focus-within")) htmx.trigger("#conversation-list", "refresh");
}

function show(state, text) {
  const live = byId("live");
  if (live.dataset.state === state) return;
  live.dataset.state = state;
  byId("live-text").textContent = text;
}

function tell(now) {
  const clock = byId("clock");
  clock.dateTime = now.toISOString();
  clock.textContent = now.toISOString().slice(11, 19);
  for (const each of document.querySelectorAll("[data-deadline]")) count(each, now);
}

function count(element, now) {
  const left = Math.max(0, Math.floor((new Date(element.dataset.deadline) - now) / 1000));
  const minutes = Math.floor(left / 60);
  const seconds = String(left % 60).padStart(2, "0");
  const hours = Math.floor(minutes / 60);
  const text = hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
  if (element.textContent !== text) element.textContent = text;
  element.toggleAttribute("data-urgent", left < 15);
}
