// Tabs on narrow screens, the two dialogs, and the account of one conversation.

import { chosen, decideBy } from "./queue.js";
import { say } from "./words.js";

const byId = (id) => document.getElementById(id);

export function listenToTabs() {
  const main = document.querySelector("main");
  const tabs = [...document.querySelectorAll("[data-tab]")];
  for (const tab of tabs) {
    tab.addEventListener("click", () => {
      main.dataset.view = tab.dataset.tab;
      tabs.forEach((each) => each.setAttribute("aria-pressed", String(each === tab)));
    });
  }
}

export function listenToDialogs() {
  byId("help-button").addEventListener("click", showHelp);
  byId("search-text").addEventListener("input", filter);
  byId("search-text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (event.target.value.trim()) pick(matches()[0]);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-act='search']")) showSearch();
    pick(event.target.closest("[data-choose]"));
  });
}

export function showHelp() {
  byId("help").showModal();
}

export function showSearch() {
  if (!chosen() || byId("review").querySelector("[data-closed]")) return;
  byId("search-text").value = "";
  filter();
  byId("search").showModal();
  byId("search-text").focus();
}

const matches = () => [...document.querySelectorAll("[data-choose]:not([hidden])")];

function filter() {
  const words = byId("search-text").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const choice of document.querySelectorAll("[data-choose]")) {
    const text = `${choice.textContent} ${choice.dataset.choose}`.toLowerCase();
    choice.hidden = !words.every((word) => text.includes(word));
    choice.classList.remove("first");
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector("[data-choose]:not([hidden])");
  }
  const found = matches();
  if (words.length) found[0]?.classList.add("first");
  byId("search-count").textContent = say("{count} issue types", { count: found.length });
}

function pick(choice) {
  if (!choice) return;
  byId("search").close();
  decideBy(choice.dataset.choose, choice.textContent.trim());
}

export function listenToConversations() {
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-conversation]");
    if (row) show(row.dataset.conversation);
  });
}

async function show(id) {
  byId("conversation").value = id;
  for (const each of document.querySelectorAll("[data-conversation]")) {
    if (each.dataset.conversation === id) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
  const path = `/console/conversation?conversation=${encodeURIComponent(id)}`;
  await htmx.ajax("GET", path, { source: "#account", target: "#account", swap: "innerHTML" });
  byId("account").scrollTop = 0;
  byId("account").querySelector(".review-title")?.focus({ preventScroll: window.innerWidth > 760 });
}
