// The working point: dragged, or moved by the arrow keys, it shows what it would mean for a day.

const byId = (id) => document.getElementById(id);
const positive = (field) => Math.max(0, Number(field.value) || 0);
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const rounded = (value) => value.toLocaleString("en-GB", { maximumFractionDigits: value < 10 ? 1 : 0 });
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
  byId("threshold").value = threshold.toFixed(3);
  byId("asked").textContent = error > 0 ? error.toFixed(3) : "an error above 0";
  byId("point").setAttribute("aria-valuetext", `${percent(share)} decided alone, ${percent(error)} wrong`);
}
