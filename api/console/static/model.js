// The working point: dragged, or moved by the arrow keys, it shows what it would mean for a day.

import { figure, say, tongue } from "./words.js";

const byId = (id) => document.getElementById(id);
const positive = (field) => Math.max(0, Number(field.value) || 0);
const percent = (share) => say("{number} %", { number: figure(100 * share, 1) });
const rounded = (value) => value.toLocaleString(tongue === "en" ? "en-GB" : tongue, { maximumFractionDigits: value < 10 ? 1 : 0 });
const section = byId("working-point");

if (section) {
  const points = JSON.parse(section.dataset.points);
  for (const id of ["point", "messages", "seconds"]) byId(id).addEventListener("input", () => tell(points));
  tell(points);
}

function tell(points) {
  const [share, error, threshold] = points[Number(byId("point").value)];
  const messages = positive(byId("messages"));
  const wrong = messages * share * error;
  const hours = (messages * (1 - share) * positive(byId("seconds"))) / 3600;
  byId("here").setAttribute("x1", String(100 * share));
  byId("here").setAttribute("x2", String(100 * share));
  byId("share").value = percent(share);
  byId("error").value = percent(error);
  byId("wrong").value = rounded(wrong);
  byId("hours").value = rounded(hours);
  byId("threshold").value = figure(threshold, 3);
  byId("asked").textContent = error > 0 ? error.toFixed(3) : say("an error above 0");
  byId("point").setAttribute("aria-valuetext", say("{share} decided alone, {error} wrong", { share: percent(share), error: percent(error) }));
}
