/** Of Vite, which runs the tests: a file as it stands there. */
declare module "*?raw" {
  const text: string;
  export default text;
}
