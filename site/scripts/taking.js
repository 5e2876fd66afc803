// What a person takes along: the ZIP, the command, the link.

import { onChange } from "./answers.js";
import { command } from "./command.js";
import { byId, copyButton, save } from "./elements.js";
import { link } from "./links.js";
import { renderedNow } from "./results.js";
import { t } from "./texts.js";

let data;

export function startTaking(given) {
  data = given;
  byId("zip").addEventListener("click", takeZip);
  onChange(showWords);
  labelButtons();
}

export function labelButtons() {
  byId("copy-command").replaceChildren(copyButton(t("copy"), t("copied"), () => command(data.command)));
  byId("copy-link").replaceChildren(copyButton(t("copy"), t("copied"), link));
  showWords();
}

function showWords() {
  byId("command").textContent = command(data.command);
  byId("link").textContent = link();
}

async function takeZip() {
  const service = await renderedNow();
  if (service) save(`${service.slug}.zip`, service.zip, "application/zip");
}
