/**
 * Masks what is secret in a text that people will read, such as a message or a setting: the user of a URL with its password,
 * and the query of a web address, which may hold a key.
 */
export const withoutCredentials = (text: string): string =>
  text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#'"]*@/gi, '$1***@')
    .replace(/(https?:\/\/[^\s?#'"]*)\?[^\s#'"]+/gi, '$1?***')
