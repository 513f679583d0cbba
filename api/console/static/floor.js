// The floor's own page follows the service; every rule and every number is the server's.

import { followPulse } from "./live.js";

const refresh = () => htmx.trigger("#floor-page", "refresh");

followPulse({ path: "/console/stream", refresh, knock: refresh });
