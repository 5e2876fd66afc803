// Where a text stands in the files: in their names, and in their lines.

import { byId, el } from "./elements.js";
import { t } from "./texts.js";

const MOST = 50;

export function find(files, wanted) {
  const low = wanted.toLowerCase();
  return Object.entries(files).flatMap(([path, text]) => {
    const lines = (text ?? "").split("\n").map((line, index) => ({ path, line: index + 1, text: line.trim() }));
    const found = lines.filter((line) => line.text.toLowerCase().includes(low));
    return path.toLowerCase().includes(low) ? [{ path, line: 0, text: "" }, ...found] : found;
  });
}

export function showFound(files, wanted, open) {
  const found = find(files, wanted);
  const rows = found.slice(0, MOST).map((hit) => row(hit, open));
  byId("found").replaceChildren(el("p", { role: "status" }, t("found", { count: found.length })), el("ul", {}, rows));
}

function row({ path, line, text }, open) {
  const place = el("strong", {}, line ? `${path}:${line}` : path);
  return el("li", {}, el("button", { type: "button", onclick: () => open(path, line) }, place, el("span", {}, text)));
}
