// What the hook says of the answers, shown where a person chooses. Before Python is here, nothing is said.

import { current, onChange } from "./answers.js";
import { byId, el, say } from "./elements.js";
import { nothingWhenCancelled } from "./engine.js";
import { engine } from "./rendering.js";
import { shortened } from "./shortened.js";
import { t } from "./texts.js";

let questions = [];
let asked = 0;
let timer = 0;

export function watchVerdicts(data) {
  questions = data.questions;
  onChange(() => {
    clearTimeout(timer);
    timer = setTimeout(askVerdict, 150);
  });
}

export async function askVerdict() {
  if (!engine.started) return;
  const number = (asked += 1);
  const verdict = await engine.call("verdict", { answers: current() }).catch(nothingWhenCancelled);
  // A later change has been asked about in the meantime.
  if (number === asked && verdict) show(verdict);
}

function show({ problems, marks, slug }) {
  for (const question of questions) {
    const own = problems.filter((problem) => problem.startsWith(`${question.name}:`));
    if (question.choices) showChoices(question, marks[question.name]);
    else showText(question, own);
    if (question.derived && slug) byId(`answer-${question.name}`).placeholder = slug;
  }
  byId("verdict").className = problems.length ? "bad" : "good";
  if (!problems.length) return say("verdict", t("verdictGood"));
  const list = el("ul", {}, problems.map((problem) => el("li", {}, shortened(problem))));
  say("verdict", el("strong", {}, t("verdictBad")), list);
}

function showText(question, problems) {
  byId(`answer-${question.name}`).setAttribute("aria-invalid", String(problems.length > 0));
  byId(`${question.name}-mark`).textContent = shortened(problems.join("\n"));
}

function showChoices(question, marks) {
  for (const choice of question.choices) {
    const mark = byId(`${question.name}-${choice.value}-mark`);
    mark.textContent = marks[choice.value].join("\n");
    mark.parentElement.classList.toggle("impossible", marks[choice.value].length > 0);
  }
}
