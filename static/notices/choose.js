// Ticking messages of the log: all at once, and how many are ticked.
(() => {
  const form = document.querySelector("[data-choose]");
  if (!form) return;
  const boxes = [...form.querySelectorAll('input[name="notice"]')];
  const label = form.querySelector("[data-choose-all]");
  const all = label.querySelector("input");
  label.hidden = false;

  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    form.querySelector("[data-chosen]").textContent = ticked ? `${ticked} chosen` : "";
  };

  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    count();
  });
  form.addEventListener("change", count);
  count(); // a page that was gone back to keeps its ticks
})();
