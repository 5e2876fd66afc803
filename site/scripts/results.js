// What is shown of a rendered service.

import { current, onChange, same } from "./answers.js";
import { differenceList } from "./differences.js";
import { byId, el, say } from "./elements.js";
import { Cancelled } from "./engine.js";
import { forget, startNotices, tellCancelled, tellError, tellUsual } from "./notices.js";
import { whileWorking } from "./progress.js";
import { changes, releases, render } from "./rendering.js";
import { showFound } from "./search.js";
import { shortened } from "./shortened.js";
import { onShown, select, selected } from "./tabs.js";
import { t } from "./texts.js";
import { tree } from "./tree.js";
import { askVerdict } from "./verdicts.js";
import { showFile } from "./viewer.js";

let service = null;
const shown = { changes: null, releases: null };

export function startResults() {
  startNotices();
  byId("render").addEventListener("click", () => showService());
  byId("search").addEventListener("input", search);
  onShown("changes", showChanges);
  onShown("releases", showReleases);
  onChange(showAge);
  // What was wrong with other answers.
  onChange(forget);
}

// The service of the answers that are chosen now; nothing when it was refused, or cancelled.
export async function renderedNow() {
  if (service && same(service.answers, current())) return service;
  await showService();
  return service && same(service.answers, current()) ? service : null;
}

// What goes wrong is said on the tab that it was done for; else on the one that is open when it does.
export async function attempt(work, tab) {
  forget();
  try {
    return await whileWorking(work);
  } catch (error) {
    const place = tab ?? selected();
    if (error instanceof Cancelled) tellCancelled(place, () => t("cancelled"));
    else tellError(place, () => wordsOf(error));
    return null;
  }
}

function wordsOf(error) {
  if (error.name === "Refusal") return shortened(error.message);
  if (error.name === "Unreachable") return t("unreachable");
  return `${t("failed")} ${error.words?.() ?? error.message}`;
}

async function showService() {
  const found = await attempt(render);
  void askVerdict();
  if (!found) return;
  service = found;
  shown.changes = shown.releases = null;
  document.body.classList.add("rendered");
  showCounts();
  byId("tree").replaceChildren(tree(service.files, open));
  byId("search").value = "";
  search();
  const first = "app/factory.py" in service.files ? "app/factory.py" : Object.keys(service.files)[0];
  await open(first);
  showAge();
  if (selected() !== "files") select(selected());
}

export function showCounts() {
  if (!service) return;
  const { counts } = service;
  const rows = ["files", "app", "tests", "dependencies"].map((name) => [t(`count_${name}`), counts[name]]);
  say("counts", ...rows.map(([name, count]) => el("div", {}, el("dt", {}, name), el("dd", {}, count.toLocaleString()))));
  tellUsual(() => t("rendered", { slug: service.slug }));
}

const open = (path, line) => showFile(path, service.files[path], line);

function search() {
  const wanted = byId("search").value.trim();
  byId("tree").hidden = wanted.length > 1;
  byId("found").hidden = wanted.length < 2;
  if (wanted.length > 1) showFound(service.files, wanted, open);
}

function showAge() {
  byId("aged").hidden = !service || same(service.answers, current());
}

async function showChanges() {
  if (!service || shown.changes) return;
  shown.changes = await attempt(changes, "changes");
  const { first, files } = shown.changes ?? {};
  if (files) byId("changes-list").replaceChildren(first ? el("p", {}, t("nothingBefore")) : differenceList(files));
}

async function showReleases() {
  if (!service || shown.releases) return;
  shown.releases = await attempt(() => releases(service.answers), "releases");
  if (shown.releases) byId("releases-list").replaceChildren(differenceList(shown.releases));
}
