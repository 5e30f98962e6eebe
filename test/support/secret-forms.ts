/** Long enough to be of use to somebody, and never in a text by chance. */
const TELLING_CHARACTERS = 24;

/** The ways in which a secret could stand in a text, by their names. */
export function secretForms(secret: string): Readonly<Record<string, string>> {
  const bytes = Buffer.from(secret);
  return {
    raw: secret,
    beginning: secret.slice(0, TELLING_CHARACTERS),
    end: secret.slice(-TELLING_CHARACTERS),
    'URL-encoded': encodeURIComponent(secret),
    'in JSON': JSON.stringify(secret).slice(1, -1),
    hex: bytes.toString('hex'),
    HEX: bytes.toString('hex').toUpperCase(),
    ...base64Forms(bytes),
  };
}

/** Base64 of a text that the secret is somewhere in: it depends on where, modulo three. */
function base64Forms(bytes: Buffer): Record<string, string> {
  const forms: Record<string, string> = {};
  for (const offset of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]);
    // Characters that share bits with what stands before and after are left out.
    const inner = (encoded: string) => encoded.replace(/=+$/, '').slice(offset === 0 ? 0 : 4, -4);
    forms[`base64 +${offset}`] = inner(shifted.toString('base64'));
    forms[`base64url +${offset}`] = inner(shifted.toString('base64url'));
  }
  return forms;
}

/**
 * Where `text` holds one of `secrets` in any form.
 * @param secrets by what they are
 */
export function secretsFoundIn(
  text: string,
  secrets: ReadonlyMap<string, string>,
): readonly string[] {
  return [...secrets].flatMap(([secret, what]) =>
    Object.entries(secretForms(secret))
      .filter(([, form]) => text.includes(form))
      .map(([form]) => `${what}, ${form}`),
  );
}
