// What the scripts say, in the page's language: the server sends the words with the page.

const said = JSON.parse(document.documentElement.dataset.words ?? "{}");

export const tongue = document.documentElement.lang;

// A sentence with its {places} filled in.
export function say(sentence, places = {}) {
  return (said[sentence] ?? sentence).replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
}

// A number with its unit, in the form that goes with it.
export function amount(number, unit) {
  return new Intl.NumberFormat(tongue, { style: "unit", unit, unitDisplay: "long" }).format(number);
}

export function figure(number, digits) {
  return number.toLocaleString(tongue, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });
}
