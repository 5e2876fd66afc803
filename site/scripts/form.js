// The form: made of the questions alone, whatever they are.

import { answer, current } from "./answers.js";
import { domainEditor } from "./domain-editor.js";
import { byId, el } from "./elements.js";
import { textOf } from "./texts.js";

let questions = [];
let types = [];

export function buildForm(data) {
  ({ questions, types } = data);
  const open = new Set([...document.querySelectorAll("#questions details[open]")].map((each) => each.id));
  byId("questions").replaceChildren(...questions.map(field));
  for (const id of open) byId(id).open = true;
  showAnswers();
}

function field(question) {
  return question.choices ? choiceField(question) : textField(question);
}

function choiceField(question) {
  const legend = el("legend", {}, textOf(question), " ", el("code", {}, question.name));
  const choices = question.choices.map((choice) => choiceOf(question, choice));
  return el("fieldset", { className: "question choices" }, legend, ...choices);
}

function choiceOf(question, choice) {
  const id = `${question.name}-${choice.value}`;
  const input = el("input", {
    id,
    type: "radio",
    name: question.name,
    value: choice.value,
    "aria-describedby": `${id}-mark`,
    onchange: () => answer(question.name, choice.value),
  });
  const words = el("span", {}, textOf(question, choice), " ", el("code", {}, choice.value));
  const mark = el("span", { id: `${id}-mark`, className: "mark" });
  return el("div", { className: "choice" }, el("label", { htmlFor: id }, input, words), mark);
}

function textField(question) {
  const long = question.name === "domains";
  const input = el(long ? "textarea" : "input", {
    id: `answer-${question.name}`,
    name: question.name,
    autocomplete: "off",
    spellcheck: false,
    "aria-describedby": `${question.name}-mark`,
    oninput: () => answer(question.name, input.value),
  });
  if (long) input.rows = 3;
  const words = [textOf(question), " ", el("code", {}, question.name)];
  return el(
    "div",
    { className: "question" },
    el("label", { htmlFor: input.id }, ...words),
    input,
    el("span", { id: `${question.name}-mark`, className: "mark" }),
    long ? domainEditor(types) : null,
  );
}

// What is chosen may have come from a preset or a link.
export function showAnswers() {
  const answers = current();
  for (const question of questions) {
    const given = answers[question.name] ?? "";
    if (question.choices) byId(`${question.name}-${given}`).checked = true;
    else if (byId(`answer-${question.name}`).value !== given) byId(`answer-${question.name}`).value = given;
  }
}
