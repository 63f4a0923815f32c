// Keys that work on every page: / searches, ? shows the keys, T is today, C creates. Pages add their own by "page-key".
(() => {
  const dialog = (name) => document.getElementById(name);
  const follow = (path) => document.querySelector(`.rail a[href="${path}"]`)?.click();
  const KEYS = {
    "/": () => openSearch(),
    "?": () => dialog("keys-dialog")?.showModal(),
    t: () => follow("/"),
    c: () => follow("/enrollments/new"),
  };

  function openSearch() {
    const search = dialog("search-dialog");
    if (!search || search.open) return;
    search.showModal();
    const words = document.getElementById("search-words");
    words.focus();
    words.select();
  }

  document.addEventListener("keydown", (press) => {
    if (press.ctrlKey || press.metaKey || press.altKey || press.defaultPrevented) return;
    if (press.target.closest("input, select, textarea, [contenteditable], dialog")) return;
    const key = press.key.length === 1 ? press.key.toLowerCase() : "";
    if (!key) return;
    const asked = new CustomEvent("page-key", { detail: key, cancelable: true });
    const isTaken = !document.dispatchEvent(asked);
    if (!isTaken && !KEYS[key]) return;
    press.preventDefault();
    if (!isTaken) KEYS[key]();
  });

  document.addEventListener("click", ({ target }) => { if (target.closest("[data-search]")) openSearch(); });

  // In the search, arrows walk through what was found, and Enter in the field opens the first of it.
  document.addEventListener("keydown", (press) => {
    if (!press.target.closest("#search-dialog")) return; // asked each time: htmx may have put in the page anew
    const links = [...document.querySelectorAll("#search-found a")];
    const here = links.indexOf(document.activeElement);
    const words = document.getElementById("search-words");
    if (press.key === "Enter" && document.activeElement === words && links.length) { press.preventDefault(); links[0].click(); }
    if (press.key !== "ArrowDown" && press.key !== "ArrowUp") return;
    press.preventDefault();
    const next = here + (press.key === "ArrowDown" ? 1 : -1);
    (next < 0 ? words : links[Math.min(next, links.length - 1)])?.focus();
  });
})();
