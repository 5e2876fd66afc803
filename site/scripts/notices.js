// What is said of the last work: in the reader's language, and an error only on the tab it belongs to.

import { byId, el, say } from "./elements.js";
import { onTab, selected } from "./tabs.js";

const nothing = () => "";
// Each is a function that gives the words, for the language may change.
let usual = nothing;
let last = null;

export function startNotices() {
  onTab(showNotices);
}

export function showNotices() {
  const here = last?.tab === selected() ? last : null;
  byId("status").textContent = here ? here.quiet() : usual();
  const words = here?.refusal() ?? "";
  say("refusal", ...(words ? [el("pre", { tabIndex: 0, role: "region", "aria-label": words.split("\n")[0] }, words)] : []));
}

// While nothing went wrong after it.
export function tellUsual(words) {
  usual = words;
  showNotices();
}

export const tellError = (tab, words) => tell({ tab, quiet: nothing, refusal: words });
export const tellCancelled = (tab, words) => tell({ tab, quiet: words, refusal: nothing });
export const forget = () => tell(null);

function tell(notice) {
  last = notice;
  showNotices();
}
