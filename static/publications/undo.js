// The bar that offers to undo a publication counts down, and goes when its time is over.
(() => {
  const count = (bar) => {
    const ends = Date.now() + Number(bar.dataset.seconds) * 1000;
    const place = bar.querySelector("[data-undo-left]");
    const turn = setInterval(() => {
      const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
      place.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`;
      if (left > 0 && bar.isConnected) return;
      clearInterval(turn);
      bar.remove();
    }, 1000);
  };
  document.querySelectorAll("[data-undo]").forEach(count);
  document.addEventListener("htmx:load", ({ target }) => target.querySelectorAll?.("[data-undo]").forEach(count));
})();
