// The minutes to come, beside what an action would do: where they cannot be told, the page says so.

const outlook = document.getElementById("outlook");

for (const failure of ["htmx:error", "htmx:response:error"]) {
  outlook.addEventListener(failure, () => outlook.replaceChildren(document.getElementById("outlook-lost").content.cloneNode(true)));
}
