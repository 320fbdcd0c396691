"use strict";
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.closest(".code").querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      // No clipboard for this page: the selection is one keystroke from it.
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}
const form = document.querySelector(".filters");
if (form) {
  const rows = [...document.querySelectorAll(".cases tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const shown = document.getElementById("shown");
  const all = shown.textContent;
  const apply = () => {
    const { outcome, level, text } = Object.fromEntries(new FormData(form));
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, index) => {
      const matches = (!outcome || row.dataset.outcome === outcome) && (!level || row.dataset.level === level)
        && words.every((word) => texts[index].includes(word));
      row.hidden = !matches;
      count += matches ? 1 : 0;
    });
    shown.textContent = count === rows.length ? all : `${count} of ${all}`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("change", apply);
  form.querySelector("button").addEventListener("click", () => { form.reset(); apply(); });
  form.addEventListener("submit", (event) => event.preventDefault());
}
