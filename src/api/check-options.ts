/** How ajv is to check objects. */

/** @param thorough whether everything that is wrong is found, and not only the first */
export function checkOptions(thorough: boolean) {
  return { strict: false, verbose: true, validateFormats: false, allErrors: thorough };
}
