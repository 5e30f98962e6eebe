import type { Environment } from './environment.ts';
import type { ListFolder, ReadFile } from './files.ts';

/** What the schema of a section may look at beside the values themselves. */
export interface SchemaInputs {
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly listFolder: ListFolder;
}
