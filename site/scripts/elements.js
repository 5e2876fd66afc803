// Elements of the document, made in one expression.

export function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && key !== "list") made[key] = value;
    else if (value !== null) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

// What a region says, for eyes and for screen readers.
export function say(id, ...children) {
  byId(id).replaceChildren(...children);
}

export function save(name, bytes, type) {
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function copyButton(label, done, text) {
  const button = el("button", { type: "button", className: "quiet", onclick: copy }, label);
  async function copy() {
    await navigator.clipboard.writeText(text());
    button.textContent = done;
    setTimeout(() => (button.textContent = label), 2000);
  }
  return button;
}
