// The answers that are chosen now, and who wants to know of a change.

let questions = [];
let answers = {};
const listeners = [];

export function setQuestions(known) {
  questions = known;
  answers = defaults();
}

export const defaults = () =>
  Object.fromEntries(questions.filter((q) => !q.derived).map((q) => [q.name, q.default]));

export const current = () => ({ ...answers });

export const onChange = (listener) => listeners.push(listener);

// Answers that no question asks, and choices that are not offered, take the default.
export function fitting(given) {
  const known = questions.filter((q) => typeof given?.[q.name] === "string" && fits(q, given[q.name]));
  return Object.fromEntries(known.map((q) => [q.name, given[q.name]]));
}

const fits = (question, answer) =>
  !question.choices || question.choices.some((choice) => choice.value === answer);

export function answer(name, value) {
  if (value === "" && questions.find((q) => q.name === name).derived) delete answers[name];
  else answers[name] = value;
  tell();
}

export function replaceAll(given) {
  answers = { ...defaults(), ...fitting(given) };
  tell();
}

function tell() {
  for (const listener of listeners) listener(current());
}

export const same = (one, other) =>
  questions.every((q) => (one?.[q.name] ?? "") === (other?.[q.name] ?? ""));

// What a person has to say on a command line.
export const changed = () => {
  const usual = defaults();
  return Object.entries(answers).filter(([name, value]) => value !== usual[name]);
};
