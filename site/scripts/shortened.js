// What a problem quotes of a long answer, cut on display: its remedy stands behind it.

const MOST = 120;

export const shortened = (text) =>
  text.replace(/'[^'\n]+'|\S+/g, (quoted) =>
    quoted.length > MOST ? `${quoted.slice(0, MOST / 2)} … ${quoted.slice(-MOST / 4)}` : quoted,
  );
