// A text in a link.

/** @param {string} text @returns {string} as base64, with characters that an address may have */
const toLink = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

/** @param {string} packed @returns {string | null} null if it is none */
function fromLink(packed) {
  try {
    const bytes = Uint8Array.from(atob(packed.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch { return null; }
}
