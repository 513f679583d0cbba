// Starts the console's parts. Every rule lives on the server; these scripts press, move and refresh.

import { followPulse } from "./live.js";
import { listenToKeys } from "./keys.js";
import { listenToQueue, refreshQueue, refreshReview } from "./queue.js";
import { listenToSteps } from "./steps.js";
import { listenToConversations, listenToDialogs, listenToTabs } from "./panels.js";

const refreshFloor = () => htmx.trigger("#floor-body", "refresh");

listenToTabs();
listenToDialogs();
listenToConversations();
listenToQueue();
listenToSteps();
listenToKeys();
followPulse({
  path: "/console/stream",
  knock: refreshFloor,
  refresh() {
    refreshQueue();
    refreshReview();
    refreshFloor();
    // The newest come in at the top: not while somebody reaches for a row.
    const list = document.getElementById("conversation-list");
    if (!list.matches(":hover, :focus-within")) htmx.trigger("#conversation-list", "refresh");
  },
});
