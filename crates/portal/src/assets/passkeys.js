// Passkeys: asks the device, and sends what it says with the form. Without this script the other ways in remain.
(() => {
  if (!window.PublicKeyCredential) return;
  const octets = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const ask = data => data.passkey === 'add'
    ? navigator.credentials.create({ publicKey: {
        challenge: octets(data.challenge), rp: { id: data.host, name: data.site },
        user: { id: octets(data.user), name: data.login, displayName: data.login },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }], attestation: 'none', timeout: 120000,
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
        excludeCredentials: data.known.split(' ').filter(Boolean).map(id => ({ type: 'public-key', id: octets(id) })),
      } })
    : navigator.credentials.get({ publicKey: {
        challenge: octets(data.challenge), rpId: data.host, userVerification: 'required', timeout: 120000 } });
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', async event => {
      event.preventDefault();
      const failed = form.querySelector('[data-failed]');
      failed.hidden = true;
      try {
        const { rawId, response } = await ask(form.dataset);
        const fields = { id: rawId, client: response.clientDataJSON };
        if (form.dataset.passkey === 'add') {
          fields.data = response.getAuthenticatorData();
          fields.key = response.getPublicKey();
        } else {
          fields.data = response.authenticatorData;
          fields.signature = response.signature;
        }
        for (const [name, value] of Object.entries(fields)) {
          const input = document.createElement('input');
          Object.assign(input, { type: 'hidden', name, value: text(value) });
          form.append(input);
        }
        form.submit();
      } catch {
        failed.hidden = false;
      }
    });
  }
})();
