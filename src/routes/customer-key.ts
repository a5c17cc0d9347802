/** A customer as a caller writes it: a phone number becomes digits, a BSUID stays as it is. */
export function customerKey(text: string): string {
  return text.includes(".") && /[A-Z]/.test(text) ? text : text.replace(/\D/g, "");
}
