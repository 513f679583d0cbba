// Starts the console's parts. Every rule lives on the server; these scripts press, move and refresh.

import { followPulse } from "./live.js";
import { listenToKeys } from "./keys.js";
import { isStepping, listenToQueue, refreshQueue, refreshReview } from "./queue.js";
import { listenToSteps } from "./steps.js";
import { listenToConversations, listenToDialogs, listenToTabs } from "./panels.js";

const refreshFloor = () => htmx.trigger("#floor-body", "refresh");

let restDue = false;

listenToTabs();
listenToDialogs();
listenToConversations();
listenToQueue();
listenToSteps();
listenToKeys();
// What people decide by comes first: side by side the parts would hold each other up.
document.addEventListener("htmx:finally:request", (event) => event.target.id === "queue-list" && afterPaint(refreshRest));
followPulse({
  path: "/console/stream",
  knock: refreshFloor,
  refresh() {
    restDue = true;
    // A step's own answer is worth more than what else is new, and refreshes the list when it is there.
    if (isStepping()) return;
    refreshQueue();
    refreshReview();
  },
});

function afterPaint(step) {
  requestAnimationFrame(() => setTimeout(step));
}

function refreshRest() {
  if (!restDue) return;
  restDue = false;
  refreshFloor();
  // The newest come in at the top: not while somebody reaches for a row.
  const list = document.getElementById("conversation-list");
  if (!list.matches(":hover, :focus-within")) htmx.trigger("#conversation-list", "refresh");
}
