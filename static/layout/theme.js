// Loaded before the first paint: where the reader chose neither light nor dark, the device decides.
(() => {
  const root = document.documentElement;
  const device = window.matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    if (root.dataset.theme === "auto") root.dataset.bsTheme = device.matches ? "dark" : "light";
  };
  device.addEventListener("change", paint);
  paint();
})();
