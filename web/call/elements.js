// Makes parts of the page.

/** Returns a new element with a class and a text; either may be empty. */
export function element(tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
