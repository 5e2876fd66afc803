// The content of one file, highlighted.

import { byId, copyButton, el } from "./elements.js";
import { t } from "./texts.js";

const LANGUAGES = {
  py: "python",
  yaml: "yaml",
  yml: "yaml",
  toml: "ini",
  json: "json",
  md: "markdown",
  Makefile: "makefile",
  GNUmakefile: "makefile",
  Dockerfile: "dockerfile",
  example: "bash",
};
let highlighter = null;

const get = async (name) => (await import(`../highlight/${name}.js`)).default;

async function load() {
  const names = [...new Set(Object.values(LANGUAGES))];
  const [found, ...languages] = await Promise.all(["core", ...names].map(get));
  names.forEach((name, index) => found.registerLanguage(name, languages[index]));
  return found;
}

const languageOf = (path) => LANGUAGES[path.split("/").at(-1).split(".").at(-1)];

async function highlighted(path, text) {
  const code = el("code", {}, text);
  const language = languageOf(path);
  if (!language) return code;
  highlighter ??= await load();
  // The highlighter escapes what it is given.
  code.innerHTML = highlighter.highlight(text, { language }).value;
  return code;
}

export async function showFile(path, text, line = 0) {
  for (const button of document.querySelectorAll(".tree [aria-current]")) button.removeAttribute("aria-current");
  document.querySelector(`.tree [data-path="${CSS.escape(path)}"]`)?.setAttribute("aria-current", "true");
  const head = el("header", {}, el("h3", {}, path), copyButton(t("copy"), t("copied"), () => text ?? ""));
  const body = text === null ? el("p", {}, t("noText")) : await content(path, text);
  byId("viewer").replaceChildren(head, body);
  body.scrollTop = line ? Math.max(0, (line - 4) * parseFloat(getComputedStyle(body).lineHeight)) : 0;
}

async function content(path, text) {
  return el("pre", { tabIndex: 0, "aria-label": path, role: "region" }, await highlighted(path, text));
}
