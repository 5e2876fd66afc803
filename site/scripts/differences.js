// What differs between two services: each file opens to its lines.

import { el } from "./elements.js";
import { t } from "./texts.js";

export function differenceList(rows) {
  if (!rows.length) return el("p", {}, t("noDifference"));
  const count = (state) => rows.filter((row) => row.state === state).length;
  const summary = ["added", "removed", "changed"].map((state) => `${t(state)}: ${count(state)}`).join(" · ");
  return el("div", {}, el("p", { className: "sum" }, summary), ...rows.map(file));
}

function file({ path, state, text }) {
  const badge = el("span", { className: `badge ${state}` }, t(state));
  const details = el("details", { className: "difference" }, el("summary", {}, badge, " ", path));
  // Hundreds of files may differ: their lines are made when they are opened.
  details.addEventListener("toggle", () => details.append(lines(path, text)), { once: true });
  return details;
}

function lines(path, text) {
  const made = text.split("\n").map((line) => el("span", { className: kind(line) }, `${line}\n`));
  return el("pre", { tabIndex: 0, role: "region", "aria-label": path }, made);
}

const KINDS = { "+": "plus", "-": "minus", "@": "place" };
const kind = (line) => KINDS[line[0]] ?? "";
