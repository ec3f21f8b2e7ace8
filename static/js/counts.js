/** Returns the number with its noun, as models/shared/counts.py does: "1 result", "1,200 results". */
export const counted = (number, one, many = `${one}s`) =>
  `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;
