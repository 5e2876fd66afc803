// Puts the page together.

import { onChange, replaceAll, setQuestions } from "./answers.js";
import { startBridge } from "./bridge.js";
import { byId, el } from "./elements.js";
import { buildForm, showAnswers } from "./form.js";
import { follow } from "./links.js";
import { showNotices } from "./notices.js";
import { startOffline } from "./offline.js";
import { cancel, useData } from "./rendering.js";
import { showCounts, startResults } from "./results.js";
import { select, startTabs } from "./tabs.js";
import { labelButtons, startTaking } from "./taking.js";
import { changeLanguage, currentLanguage, loadTexts, t, translate } from "./texts.js";
import { startTheme } from "./theme.js";
import { startTrial } from "./trial.js";
import { askVerdict, watchVerdicts } from "./verdicts.js";

const [data] = await Promise.all([(await fetch("data.json")).json(), loadTexts()]);

function showPresets() {
  const button = (name) =>
    el("button", { type: "button", className: "quiet", onclick: () => replaceAll(data.presets[name]) }, name);
  byId("presets").replaceChildren(...Object.keys(data.presets).map(button));
}

function showReleases() {
  const { old, new: newer } = data.releases;
  byId("releases-about").textContent = t("releasesAbout", { old: old.name, new: newer.name });
  byId("version").textContent = t("version", { name: newer.name });
  byId("source").href = data.template;
}

function show() {
  translate({ size: data.size });
  buildForm(data);
  showPresets();
  showReleases();
  showCounts();
  showNotices();
  void askVerdict();
  byId("language").value = currentLanguage();
}

setQuestions(data.questions);
useData(data);
startTabs();
startTheme();
startBridge();
show();
watchVerdicts(data);
startResults();
startTaking(data);
startTrial(data);
onChange(showAnswers);
follow();
select("files");
addEventListener("hashchange", follow);
byId("cancel").addEventListener("click", cancel);
byId("language").addEventListener("change", ({ target }) => {
  changeLanguage(target.value);
  show();
  labelButtons();
});
await startOffline(data);
document.body.classList.add("ready");
