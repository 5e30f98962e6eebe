/** Characters that the subject of a caller's token may have. */
export const LONGEST_SUBJECT = 512;

const SUBJECT = new RegExp(`^[!-~]{1,${LONGEST_SUBJECT}}$`);

/** Whether `text` may be a subject: printable ASCII without a blank, which would part it from its issuer. */
export function isTokenSubject(text: string): boolean {
  return SUBJECT.test(text);
}
