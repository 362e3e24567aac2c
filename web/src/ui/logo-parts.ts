/** The fox's head, drawn of five planes; the left ear carries the notch of a price tag. */
export const LOGO: readonly (readonly [path: string, fill: string])[] = [
  ["M6 8 27 20 14 37Z", "#a8431a"],
  ["M58 8 37 20 50 37Z", "#a8431a"],
  ["M18.5 19a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z", "#faf8f3"],
  ["M12 30 27 19h10l15 11-8 17-12 10-12-10Z", "#d9672f"],
  ["M12 30 29 40l3 17-12-10Z", "#fdf3e7"],
  ["M52 30 35 40l-3 17 12-10Z", "#fdf3e7"],
  ["M21 33.5 28 36l-5 2.5Z", "#20281f"],
  ["M43 33.5 36 36l5 2.5Z", "#20281f"],
  ["M28.5 51h7L32 57Z", "#20281f"],
];
