// The texts of the page, in the reader's language.

let texts = {};
let language = "en";

export async function loadTexts() {
  texts = await (await fetch("texts.json")).json();
  const wanted = remembered() ?? navigator.language.slice(0, 2);
  language = wanted in texts ? wanted : "en";
  document.documentElement.lang = language;
}

export const currentLanguage = () => language;

export function changeLanguage(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
  try {
    localStorage.setItem("language", wanted);
  } catch {
    // Without a place to remember it, it lasts until the page is closed.
  }
}

function remembered() {
  try {
    return localStorage.getItem("language");
  } catch {
    return null;
  }
}

export function t(key, values = {}) {
  const text = texts[language][key] ?? texts.en[key];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// Of a question, or of a choice for it; one that has no translation yet keeps its own text.
export function textOf(question, choice) {
  const known = texts[language].asked?.[question.name] ?? {};
  return choice ? (known[choice.value] ?? choice.text) : (known.text ?? question.text);
}

// Fill in every element of the document that names its text.
export function translate(values) {
  document.title = t("title");
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = t(element.dataset.text, values);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(element.dataset.label));
    if (element.type === "search") element.placeholder = t(element.dataset.label);
  }
}
