// What HTML alone cannot do. Everything listens on the document, so pieces swapped in later work too.
"use strict";

const root = document.documentElement;
const find = (selector) => document.querySelector(selector);
const on = (event, selector, act) =>
  document.addEventListener(event, (e) => {
    const target = e.target instanceof Element ? e.target.closest(selector) : null;
    if (target) act(target, e);
  });

// Theme: the cookie lets the server draw the next page right from its first byte.
function setTheme(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  document.cookie = `theme=${theme}; path=/; max-age=${theme ? 31536000 : 0}; samesite=lax`;
  showTheme();
}
function showTheme() {
  for (const choice of document.querySelectorAll("[data-theme-set]"))
    choice.setAttribute("aria-pressed", String(choice.dataset.themeSet === (root.dataset.theme || "")));
}
on("click", "[data-theme-set]", (button) => setTheme(button.dataset.themeSet));
on("click", "[data-theme-toggle]", () => {
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  setTheme(isDark ? "light" : "dark");
});
showTheme();

// The menu as a drawer on a phone.
function openMenu(isOpen) {
  document.body.dataset.menu = isOpen ? "open" : "";
  find("[data-menu][aria-controls]")?.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) find("#menu a")?.focus();
}
on("click", "button[data-menu]", () => openMenu(true));

// Menus on a click close on the next click elsewhere; so does the drawer.
document.addEventListener("click", (e) => {
  for (const drop of document.querySelectorAll("details.drop[open]")) if (!drop.contains(e.target)) drop.open = false;
  if (document.body.dataset.menu === "open" && !e.target.closest("#menu, button[data-menu]")) openMenu(false);
});

// Keys: Ctrl+K or / searches, g + letter goes, j and k walk through a list, Escape leaves.
let isGoing = 0;
document.addEventListener("keydown", (e) => {
  const search = find("#search");
  if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k" && search) {
    e.preventDefault();
    search.focus();
    search.select();
    return;
  }
  if (e.key === "Escape") {
    const drop = find("details.drop[open]");
    if (drop) {
      drop.open = false;
      drop.querySelector("summary").focus();
    } else if (document.body.dataset.menu === "open") {
      openMenu(false);
      find("button[data-menu]")?.focus();
    } else if (document.activeElement === search) search.blur();
    return;
  }
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea, dialog, [contenteditable]")) return;
  if (e.timeStamp - isGoing < 1500 && isGoing) {
    isGoing = 0;
    find(`[data-go="${CSS.escape(e.key)}"]`)?.click();
  } else if (e.key === "g") isGoing = e.timeStamp;
  else if (e.key === "/" && search) {
    e.preventDefault();
    search.focus();
  } else if (e.key === "j" || e.key === "k") {
    const rows = [...document.querySelectorAll("tr[data-href] a.table__main")];
    const at = rows.indexOf(document.activeElement);
    rows[Math.max(0, Math.min(rows.length - 1, at + (e.key === "j" ? 1 : -1)))]?.focus({ focusVisible: true });
  }
});

// A whole row opens what it is about; its first link stays the way for keyboard and screen reader.
function openRow(row, e) {
  if (e.target.closest("a, button, input, label, summary") || String(getSelection())) return;
  if (e.ctrlKey || e.metaKey || e.button === 1) open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
}
on("click", "tr[data-href]", openRow);
on("auxclick", "tr[data-href]", (row, e) => e.button === 1 && openRow(row, e));

// Rows chosen for a bulk act.
on("change", ".check input", (box) => {
  const table = box.closest("table");
  const boxes = [...table.querySelectorAll("tbody .check input")];
  const all = table.querySelector("thead .check input");
  if (box === all) for (const each of boxes) each.checked = box.checked;
  const count = boxes.filter((each) => each.checked).length;
  if (all) {
    all.checked = count > 0 && count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
  }
  const bulk = find(`[data-bulk="${table.id}"]`);
  if (!bulk) return;
  bulk.hidden = count === 0;
  for (const shown of bulk.querySelectorAll("[data-count]")) shown.textContent = count;
});

// Dialogs. The button of a dangerous act wakes when the word is typed; the server checks it again.
on("click", "[data-dialog]", (button) => document.getElementById(button.dataset.dialog)?.showModal());
on("click", "dialog [data-close]", (button) => button.closest("dialog").close());
on("click", "dialog", (dialog, e) => e.target === dialog && dialog.close());
on("input", "input[data-word]", (input) => {
  input.form.querySelector(".dialog__acts .button:last-child").disabled = input.value.trim() !== input.dataset.word;
});

// Toasts: from the server in the page, or by a header HX-Trigger: {"toast": "…"}.
function toast(text) {
  const piece = find("#toast-template")?.content.cloneNode(true);
  if (!piece) return;
  piece.querySelector("p").textContent = text;
  find("#toasts").append(piece);
}
on("click", "[data-dismiss]", (button) => button.closest(".toast").remove());
document.addEventListener("toast", (e) => toast(e.detail.value));

on("click", "[data-copy]", async (button) => {
  await navigator.clipboard.writeText(button.dataset.copy);
  toast(button.dataset.done);
});
on("click", "[data-print]", () => print());
on("click", "[data-back]", () => history.back());
// Digits become dd/mm/aaaa while they are typed; deleting is left alone.
on("input", "input[data-date]", (input, e) => {
  if (e.inputType?.startsWith("delete")) return;
  const digits = input.value.replace(/\D/g, "").slice(0, 8);
  const parts = [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)].filter(Boolean);
  input.value = parts.join("/") + (digits.length === 2 || digits.length === 4 ? "/" : "");
});
// A filter that is chosen is a filter that applies; text waits for Enter.
on("change", "form[data-auto] select, form[data-auto] input[type=checkbox]", (input) => input.form.requestSubmit());
// A second click must not send a form twice.
document.addEventListener("submit", (e) => {
  const form = e.target;
  if (e.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) e.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", (e) => {
  if (e.persisted) for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
