// Starts the console's parts. Every rule lives on the server; these scripts press, move and refresh.

import { followPulse } from "./live.js";
import { listenToKeys } from "./keys.js";
import { listenToQueue } from "./queue.js";
import { listenToConversations, listenToDialogs, listenToTabs } from "./panels.js";

listenToTabs();
listenToDialogs();
listenToConversations();
listenToQueue();
listenToKeys();
followPulse();
