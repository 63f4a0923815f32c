// Asks the browser to make a passkey, or to sign with one, and sends its answer with the form.
(() => {
  const form = document.querySelector("form[data-passkey]");
  const said = form.querySelector("[role=alert]");
  const say = (text) => {
    said.querySelector("p").textContent = text;
    said.hidden = false;
  };
  const REASONS = {
    SecurityError: `Passkeys belong to one address. Open ${form.dataset.origin} to use them.`,
    InvalidStateError: "This device has a passkey for your account already. Use another device, or go back.",
    NotAllowedError: "Nothing came of it: it was refused, or took too long. Try again.",
  };
  const ask = async () => {
    const options = JSON.parse(form.dataset.options);
    const publicKey = form.dataset.passkey === "make"
      ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
      : PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return form.dataset.passkey === "make" ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey });
  };

  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    say("This browser cannot use passkeys here. They need https and a current browser.");
    form.querySelector("button").disabled = true;
    return;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.hidden = true;
    try {
      const credential = await ask();
      form.elements.answer.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      say(REASONS[error.name] ?? "This device cannot do that. Try another one.");
    }
  });
})();
