// The enrollment form: lines that are added and removed, and fields that are only for somebody new.
(() => {
  const show = (select) => {
    const isNew = select.value === "";
    select.closest("[data-line]").querySelectorAll("[data-new-patient]").forEach((field) => { field.hidden = !isNew; });
  };
  const prepare = (root) => root.querySelectorAll("[data-patient]").forEach(show);

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-patient]")) show(event.target);
    if (event.target.matches("[data-use]")) useHours(event.target);
  });

  document.addEventListener("click", async (event) => {
    const adder = event.target.closest("[data-add-line]");
    if (adder) await addLine(adder);
    const remover = event.target.closest("[data-remove-line]");
    if (remover) remover.closest("[data-line]").remove();
  });

  let added = document.querySelectorAll("[data-line]").length;
  const addLine = async (adder) => {
    added += 1;
    const list = document.getElementById(adder.dataset.addLine);
    const answer = await fetch(`${adder.dataset.address}?number=${added}`);
    if (!answer.ok) return;
    list.insertAdjacentHTML("beforeend", await answer.text());
    prepare(list);
    list.lastElementChild.querySelector("input, select").focus();
  };

  const useHours = (choice) => {
    choice.closest("[data-hours]").querySelector("[data-painted]").hidden = choice.value !== "painted";
  };

  prepare(document);
  document.querySelectorAll("[data-use]:checked").forEach(useHours);
})();
