// A finding as a link: the part of the address after # holds a demo's name and what it shows.
const link = {
  read(name) {
    const [, found] = location.hash.match(new RegExp(`^#${name}=([\\w.-]+)$`)) ?? [];
    return found ?? null;
  },
  write(name, shown) {
    history.replaceState(null, "", `#${name}=${shown}`);
    return "The address of this page now leads to this picture: copy it.";
  },
};

// Zeros and ones as hexadecimal digits, four each.
const toHex = (ones) => Array.from({ length: Math.ceil(ones.length / 4) }, (_, k) =>
  Array.from(ones.slice(4 * k, 4 * k + 4)).reduce((sum, one) => 2 * sum + one, 0).toString(16)).join("");
const fromHex = (digits) => Uint8Array.from([...digits].flatMap((digit) =>
  [3, 2, 1, 0].map((k) => (parseInt(digit, 16) >> k) & 1)));
