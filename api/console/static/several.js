// Several needs of one message: what was chosen so far, until it is decided or left.

const byId = (id) => document.getElementById(id);
const panel = () => byId("review").querySelector(".several");
const opener = () => byId("review").querySelector("[data-act='several']");

let chosen = null;

export const isSeveral = () => chosen !== null;

export function toggleSeveral() {
  if (!panel() || byId("review").querySelector("[data-closed]")) return;
  if (isSeveral()) return leaveSeveral();
  chosen = new Map();
  panel().hidden = false;
  opener().setAttribute("aria-pressed", "true");
  tell();
}

export function leaveSeveral() {
  chosen = null;
  if (panel()) panel().hidden = true;
  opener()?.setAttribute("aria-pressed", "false");
  for (const each of byId("review").querySelectorAll(".candidate[aria-pressed]")) each.removeAttribute("aria-pressed");
}

export function pickOneOfSeveral(key, name) {
  if (key === "-") return;
  if (!chosen.delete(key)) chosen.set(key, name);
  tell();
}

// The first is as good as any: the service puts the most urgent first.
export function takeSeveral() {
  const [first, ...also] = chosen?.keys() ?? [];
  return first === undefined ? null : { issue_type: first, also: also.join(",") };
}

// A refresh that was under way when the choosing began draws the panel as if nothing were chosen.
export function tellAgain() {
  if (!isSeveral() || !panel()) return;
  panel().hidden = false;
  opener().setAttribute("aria-pressed", "true");
  tell();
}

function tell() {
  for (const each of byId("review").querySelectorAll(".candidate")) {
    each.setAttribute("aria-pressed", String(chosen.has(each.value)));
  }
  panel().querySelector(".several-chosen").textContent = [...chosen.values()].join(", ");
}
