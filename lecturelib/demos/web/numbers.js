// Numbers for people. Nothing here touches the page.

/** @param {number} value @returns {string} three decimals, or two digits and a power of ten where these say nothing */
function decimal(value) {
  const size = Math.abs(value), sign = value < 0 ? "−" : "";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "no number" : `${sign}∞`;
  if (size !== 0 && (size < 0.0005 || size >= 10000)) return power(value);
  const fixed = size.toFixed(size < 100 ? 3 : 1);
  return (Number(fixed) === 0 ? "" : sign) + (fixed.includes(".") ? fixed.replace(/\.?0+$/, "") : fixed);
}

/** @param {number} value @returns {string} such as 1.2 · 10⁻⁵ */
function power(value) {
  if (value === 0) return "0";
  const [digits, exponent] = Math.abs(value).toExponential(1).split("e");
  return `${value < 0 ? "−" : ""}${digits} · 10${raised(Number(exponent))}`;
}

/** @param {number} exponent @returns {string} */
function raised(exponent) {
  return String(exponent).replace(/./g, (one) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(one)]);
}

/** @param {string} typed @returns {number} what a reader typed, with any minus and a point or a comma; else NaN */
function typedNumber(typed) {
  const plain = typed.trim().replace(/[−–]/g, "-").replace(",", ".");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/** @param {number} value in a formula, where a minus takes brackets @returns {string} */
const factor = (value) => (value < 0 ? `(${decimal(value)})` : decimal(value));
