import { rename, writeFile } from 'node:fs/promises';

/** As a careful tool writes it: a reader sees the old file or the new one. */
export async function putFile(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
