/** Six digits that are none of these codes. A fixed wrong code would be the correct one in a few of a million runs. */
export function codeOtherThan(...codes: readonly string[]): string {
  const numbers = Array.from({ length: codes.length + 1 }, (_, n) => String(n).padStart(6, '0'))
  return numbers.find((digits) => !codes.includes(digits)) ?? ''
}
