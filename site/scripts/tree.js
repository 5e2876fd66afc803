// The files of a service as folders that open.

import { el } from "./elements.js";

function nested(files) {
  const root = { folders: new Map(), files: [] };
  for (const path of Object.keys(files)) {
    const names = path.split("/");
    const name = names.pop();
    let place = root;
    for (const folder of names) {
      if (!place.folders.has(folder)) place.folders.set(folder, { folders: new Map(), files: [] });
      place = place.folders.get(folder);
    }
    place.files.push({ name, path });
  }
  return root;
}

export const linesOf = (text) => (text === null ? 0 : text.split("\n").length);

export function tree(files, open) {
  return list(nested(files), files, open, "");
}

function list(place, files, open, above) {
  const folders = [...place.folders].map(([name, inner]) => folder(name, inner, files, open, above));
  const leaves = place.files.map((file) => leaf(file, files, open));
  return el("ul", { className: above ? "" : "tree" }, ...folders, ...leaves);
}

function folder(name, inner, files, open, above) {
  const path = `${above}${name}/`;
  const total = Object.keys(files).filter((file) => file.startsWith(path));
  const lines = total.reduce((sum, file) => sum + linesOf(files[file]), 0);
  const summary = el("summary", {}, `${name}/`, count(lines));
  // What a reader looks for first is in the folder of the application.
  return el("li", {}, el("details", { open: path === "app/" }, summary, list(inner, files, open, path)));
}

function leaf({ name, path }, files, open) {
  const button = el("button", { type: "button", onclick: () => open(path), "data-path": path }, name, count(linesOf(files[path])));
  return el("li", {}, button);
}

const count = (lines) => el("span", { className: "count" }, lines ? String(lines) : "");
